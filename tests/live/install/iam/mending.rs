//! `deploy/iam/mending.json`: what mending asks for is allowed and each statement is needed for it, each mending goes by its own
//! statements alone, and what the operator has no business with is denied.

use fargate_operator::api::TAG_INSTALLATION;
use serde_json::{Value, json};

use super::policy::{ACCOUNT, CLUSTER, MANAGED_ROLE, Policy, REGION, Request};
use super::{Tags, cluster, of_role, request, tags, with_role};

/// The only policy that may be attached.
const PODS_POLICY: &str = "arn:aws:iam::aws:policy/AmazonEKSFargatePodExecutionRolePolicy";
/// A role that the install allows, see [`super::policy::ROLES`].
const POD_ROLE: &str = "fargate-pods";

/// What IAM is asked about a call that mends, by its name and body, with the tags that its role has at that moment (service
/// authorization references for IAM and EKS).
pub fn asked(operation: &str, body: &Value, there: &Tags) -> Vec<Request> {
    let none = Tags::new();
    let text = |key: &str| body[key].as_str().unwrap_or_default();
    let on_role = |action: &str, asked: &Tags| request(action, of_role(text("RoleName")), asked, there);
    match operation {
        "CreateRole" => {
            let created =
                format!("arn:aws:iam::{ACCOUNT}:role{}{}", body["Path"].as_str().unwrap_or("/"), text("RoleName"));
            let asked = form_tags(body);
            let create = request("iam:CreateRole", created.clone(), &asked, &none);
            let boundary = body["PermissionsBoundary"].as_str().map(|arn| ("iam:PermissionsBoundary", arn));
            vec![with(create, boundary), request("iam:TagRole", created, &asked, &none)]
        }
        "AttachRolePolicy" | "DetachRolePolicy" => {
            vec![with(on_role(&format!("iam:{operation}"), &none), [("iam:PolicyARN", text("PolicyArn"))])]
        }
        "DeleteRole" => vec![on_role("iam:DeleteRole", &none)],
        "CreateAccessEntry" => {
            let asked = tags(&body["tags"]);
            let create = request("eks:CreateAccessEntry", cluster(CLUSTER), &asked, &none);
            // The type is STANDARD unless the request says otherwise (EKS API Reference, CreateAccessEntry).
            let kind = body["type"].as_str().unwrap_or("STANDARD");
            let keys = [("eks:accessEntryType", kind), ("eks:principalArn", text("principalArn"))];
            let tag = (!asked.is_empty()).then(|| request("eks:TagResource", of_entry(POD_ROLE), &asked, &none));
            [with(create, keys)].into_iter().chain(tag).collect()
        }
        // Of the type that the operator looks for; no call shows which one it was.
        "DeleteAccessEntry" => {
            let delete = request("eks:DeleteAccessEntry", of_entry(POD_ROLE), &none, &none);
            vec![with(delete, [("eks:accessEntryType", "FARGATE_LINUX")])]
        }
        "UpdateAddon" => vec![request("eks:UpdateAddon", of_addon("coredns"), &none, &none)],
        _ => Vec::new(),
    }
}

/// The tags of a role in a request to IAM's query API.
pub fn form_tags(body: &Value) -> Tags {
    let text = |n: u32, part: &str| body[format!("Tags.member.{n}.{part}")].as_str().map(str::to_owned);
    (1..).map_while(|n| Some((text(n, "Key")?, text(n, "Value").unwrap_or_default()))).collect()
}

fn with<'a>(mut request: Request, keys: impl IntoIterator<Item = (&'a str, &'a str)>) -> Request {
    request.context.extend(keys.into_iter().map(|(key, value)| (key.to_owned(), value.to_owned())));
    request
}

fn of_entry(role: &str) -> String {
    format!("arn:aws:eks:{REGION}:{ACCOUNT}:access-entry/{CLUSTER}/role/{ACCOUNT}/{role}/1a2b3c4d")
}

fn of_addon(name: &str) -> String {
    format!("arn:aws:eks:{REGION}:{ACCOUNT}:addon/{CLUSTER}/{name}/1a2b3c4d")
}

fn ours() -> Tags {
    [(TAG_INSTALLATION.to_owned(), "id".to_owned())].into()
}

fn plain(action: &str, resource: String) -> Request {
    request(action, resource, &Tags::new(), &Tags::new())
}

/// CreateRole of the managed role, as the operator sends it, with more in its body.
fn create_role(more: &[(&str, &str)]) -> Vec<Request> {
    let mut body = json!({
        "RoleName": MANAGED_ROLE, "Path": "/", "Tags.member.1.Key": TAG_INSTALLATION, "Tags.member.1.Value": "id",
    });
    for (key, value) in more {
        body[*key] = json!(value);
    }
    asked("CreateRole", &body, &Tags::new())
}

/// AttachRolePolicy or DetachRolePolicy.
fn policy_of(operation: &str, role: &str, policy: &str, there: &Tags) -> Request {
    asked(operation, &json!({ "RoleName": role, "PolicyArn": policy }), there).remove(0)
}

fn delete_role(role: &str, there: &Tags) -> Request {
    asked("DeleteRole", &json!({ "RoleName": role }), there).remove(0)
}

fn create_entry(role: &str, kind: &str) -> Vec<Request> {
    let body = json!({ "principalArn": of_role(role), "type": kind, "tags": { "team": "a" } });
    asked("CreateAccessEntry", &body, &Tags::new())
}

fn delete_entry(role: &str, kind: &str) -> Request {
    let delete = plain("eks:DeleteAccessEntry", of_entry(role));
    with(delete, [("eks:accessEntryType", kind)])
}

/// Everything of the managed pod execution role.
fn managed_role() -> Vec<Request> {
    let mut all = create_role(&[]);
    all.extend(
        ["iam:GetRole", "iam:ListAttachedRolePolicies", "iam:ListRolePolicies"]
            .map(|it| plain(it, of_role(MANAGED_ROLE))),
    );
    all.extend(["AttachRolePolicy", "DetachRolePolicy"].map(|it| policy_of(it, MANAGED_ROLE, PODS_POLICY, &ours())));
    all.extend(
        ["eks-fargate-pods", "eks"]
            .map(|service| with_role(&of_role(MANAGED_ROLE), &format!("{service}.amazonaws.com")).remove(0)),
    );
    all.push(delete_role(MANAGED_ROLE, &ours()));
    all.push(plain("eks:DescribeAccessEntry", of_entry(MANAGED_ROLE)));
    all.push(delete_entry(MANAGED_ROLE, "FARGATE_LINUX"));
    all
}

/// Everything of access entries, of a role that is named in a spec and of the managed one.
fn access_entries() -> Vec<Request> {
    let of = |role: &str| {
        let mut all = create_entry(role, "FARGATE_LINUX");
        all.push(plain("eks:DescribeAccessEntry", of_entry(role)));
        all.push(delete_entry(role, "FARGATE_LINUX"));
        all
    };
    [of(POD_ROLE), of(MANAGED_ROLE)].concat()
}

fn coredns() -> Vec<Request> {
    let update = asked("UpdateAddon", &Value::Null, &Tags::new());
    [update, vec![plain("eks:DescribeAddon", of_addon("coredns"))]].concat()
}

#[test]
fn mending_is_allowed_by_its_statements_and_each_is_needed() {
    let mending = Policy::read(&["mending.json"], "");
    let all = [managed_role(), access_entries(), coredns()].concat();
    for request in &all {
        assert!(mending.allows(request), "{request:?}");
    }
    for sid in mending.sids() {
        let less = mending.without(&sid);
        assert!(all.iter().any(|request| !less.allows(request)), "{sid} is needed for nothing");
    }
    let unused: Vec<String> =
        mending.actions().into_iter().filter(|action| all.iter().all(|request| request.action != *action)).collect();
    assert!(unused.is_empty(), "needed for nothing: {unused:?}");
}

/// The table in deploy/README.md.
#[test]
fn each_mending_goes_by_its_own_statements_alone() {
    let mending = Policy::read(&["mending.json"], "");
    let parts: [(&[&str], Vec<Request>); 3] = [
        (&["ManagedRole", "AccessEntriesSee", "AccessEntriesDelete"], managed_role()),
        (&["AccessEntries"], access_entries()),
        (&["CoreDns"], coredns()),
    ];
    for (names, requests) in parts {
        let others = mending.sids().into_iter().filter(|sid| !names.iter().any(|name| sid.starts_with(name)));
        let alone = others.fold(mending.clone(), |policy, sid| policy.without(&sid));
        for request in &requests {
            assert!(alone.allows(request), "{names:?}: {request:?}");
        }
    }
}

#[test]
fn mending_of_what_the_operator_has_no_business_with_is_denied() {
    let none = Tags::new();
    let admin = "arn:aws:iam::aws:policy/AdministratorAccess";
    let of_managed = |action: &str| plain(action, of_role(MANAGED_ROLE));
    let attach = |role: &str, policy: &str, there: &Tags| policy_of("AttachRolePolicy", role, policy, there);
    let detach = |policy: &str, there: &Tags| policy_of("DetachRolePolicy", MANAGED_ROLE, policy, there);
    let untagged = asked("CreateRole", &json!({ "RoleName": MANAGED_ROLE }), &none);
    let elsewhere = |request: &Request, from: &str, to: &str| Request {
        resource: request.resource.replace(from, to),
        ..request.clone()
    };
    let entry = create_entry(POD_ROLE, "FARGATE_LINUX").remove(0);
    let user = delete_entry(POD_ROLE, "FARGATE_LINUX");
    let table = [
        ("another role is created", create_role(&[("RoleName", "admin")]).remove(0)),
        ("… one of the profiles' own", create_role(&[("RoleName", POD_ROLE)]).remove(0)),
        ("… at another path", create_role(&[("Path", "/team/")]).remove(0)),
        ("… without our tag", untagged[0].clone()),
        ("a role is tagged without our tag", untagged[1].clone()),
        ("another role is tagged", create_role(&[("RoleName", "admin")]).remove(1)),
        ("another policy is attached", attach(MANAGED_ROLE, admin, &ours())),
        ("… one of the account with its name", {
            attach(MANAGED_ROLE, &PODS_POLICY.replace("::aws:", &format!("::{ACCOUNT}:")), &ours())
        }),
        ("the policy is attached to another role", attach("admin", PODS_POLICY, &ours())),
        ("… to a role without our tag", attach(MANAGED_ROLE, PODS_POLICY, &none)),
        ("another policy is detached", detach(admin, &ours())),
        ("the policy is detached from a role without our tag", detach(PODS_POLICY, &none)),
        ("a role without our tag is deleted", delete_role(MANAGED_ROLE, &none)),
        ("another role is deleted", delete_role("admin", &ours())),
        ("an inline policy is written", of_managed("iam:PutRolePolicy")),
        ("who may assume the role is changed", of_managed("iam:UpdateAssumeRolePolicy")),
        ("a permissions boundary is taken away", of_managed("iam:DeleteRolePermissionsBoundary")),
        ("a tag is taken away", of_managed("iam:UntagRole")),
        ("the role is passed to another service", with_role(&of_role(MANAGED_ROLE), "ec2.amazonaws.com").remove(0)),
        ("another role is passed", with_role(&of_role("admin"), "eks-fargate-pods.amazonaws.com").remove(0)),
        ("another role is looked at", plain("iam:GetRole", of_role("admin"))),
        ("a STANDARD access entry is created", create_entry(POD_ROLE, "STANDARD").remove(0)),
        ("… one for nodes of EC2", create_entry(POD_ROLE, "EC2_LINUX").remove(0)),
        ("… one of another role", create_entry("admin", "FARGATE_LINUX").remove(0)),
        ("… in another cluster", elsewhere(&entry, "cluster/prod", "cluster/other")),
        ("… in another region", elsewhere(&entry, REGION, "us-east-1")),
        ("a STANDARD access entry is deleted", delete_entry("admin", "STANDARD")),
        ("… one for nodes of EC2", delete_entry("nodes", "EC2_LINUX")),
        ("… one of a user", elsewhere(&user, "/role/", "/user/")),
        ("… in another cluster", elsewhere(&user, "/prod/", "/other/")),
        ("an access entry is changed", plain("eks:UpdateAccessEntry", of_entry(POD_ROLE))),
        ("an access policy is given", plain("eks:AssociateAccessPolicy", of_entry(POD_ROLE))),
        ("a profile is tagged", plain("eks:TagResource", super::of_profile("payments-prod"))),
        ("another add-on is configured", plain("eks:UpdateAddon", of_addon("vpc-cni"))),
        ("… in another cluster", elsewhere(&coredns()[0], "/prod/", "/other/")),
        ("CoreDNS's add-on is deleted", plain("eks:DeleteAddon", of_addon("coredns"))),
        ("an add-on is created", plain("eks:CreateAddon", cluster(CLUSTER))),
        ("the cluster is changed", plain("eks:UpdateClusterConfig", cluster(CLUSTER))),
    ];
    let mending = Policy::read(&["mending.json"], "");
    for (what, request) in table {
        assert!(!mending.allows(&request), "{what}: {request:?}");
    }
}

/// The condition of which deploy/README.md tells.
#[test]
fn a_permissions_boundary_can_be_demanded() {
    let (theirs, other) = ("arn:aws:iam::111122223333:policy/boundary", "arn:aws:iam::111122223333:policy/other");
    let readme = concat!(env!("CARGO_MANIFEST_DIR"), "/../../deploy/README.md");
    let readme = std::fs::read_to_string(readme).unwrap();
    let (_, told) = readme.split_once("\"ArnEquals\": {").unwrap();
    let (told, _) = told.split_once("```").unwrap();
    let told: Value = serde_json::from_str(&format!("{{{told}")).unwrap();

    let mut policy = Policy::read(&["mending.json"], "");
    let create = policy.0.iter_mut().find(|statement| statement["Sid"] == "ManagedRoleCreate").unwrap();
    create["Condition"]["ArnEquals"] = told;
    assert!(policy.allows(&create_role(&[("PermissionsBoundary", theirs)])[0]));
    assert!(!policy.allows(&create_role(&[("PermissionsBoundary", other)])[0]));
    assert!(!policy.allows(&create_role(&[])[0]));
}
