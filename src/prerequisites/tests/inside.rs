use crate::prerequisites::fixture::*;
use crate::prerequisites::{Budget, Evidence, GroupPolicy, Listed, Read, Selecting};

#[test]
fn eks_has_its_webhook_where_a_profile_serves() {
    check_all(&[
        (
            |_, e| e.inside.webhook = Read::Known(false),
            &["Advisory Webhook: webhook 0500-amazon-eks-fargate-mutation.amazonaws.com is gone (kubectl get \
                 mutatingwebhookconfigurations), so no pod goes to Fargate: recreate a profile, or ask AWS Support"],
        ),
        // It may come with the first profile.
        (
            |q, e| {
                e.inside.webhook = Read::Known(false);
                q.cluster_serves = false;
            },
            &[],
        ),
    ]);
}

fn budgets(evidence: &mut Evidence, found: &[(&str, &str, i32, i32)]) {
    let budget = |(name, app, expected, desired): &(&str, &str, i32, i32)| {
        selecting(name, app, Budget { expected: *expected, desired: *desired, healthy: *expected })
    };
    evidence.inside.budgets = listed(found.iter().map(budget).collect());
}

const RIGID: &str = "Advisory DisruptionBudget: PodDisruptionBudget shop/a never lets a pod go: drains wait, and Fargate's patching \
                     deletes it anyway: set maxUnavailable to 1, or minAvailable below the replicas";

#[test]
fn budgets_let_pods_go() {
    check_all(&[
        (|_, e| budgets(e, &[("a", "web", 3, 3)]), &[RIGID]),
        (|_, e| budgets(e, &[("a", "web", 1, 2)]), &[RIGID]),
        (|_, e| budgets(e, &[("a", "web", 3, 2)]), &[]),
        // Of pods that are not the object's, and of none.
        (|_, e| budgets(e, &[("a", "db", 3, 3)]), &[]),
        (|_, e| budgets(e, &[("a", "web", 0, 0)]), &[]),
        // Its pods are being created.
        (
            |_, e| {
                let content = Budget { expected: 2, desired: 2, healthy: 1 };
                e.inside.budgets = listed(vec![selecting("a", "web", content)]);
            },
            &[],
        ),
        (
            |q, e| {
                q.pods.push(pod("db-1", "db"));
                budgets(e, &[("b", "db", 1, 1), ("a", "web", 2, 2)]);
            },
            &[
                "Advisory DisruptionBudget: PodDisruptionBudget shop/a and 1 more never let a pod go: drains wait, and Fargate's \
                 patching deletes it: set maxUnavailable to 1, or minAvailable below the replicas",
            ],
        ),
    ]);
}

#[test]
fn one_budget_selects_a_pod() {
    check_all(&[
        (
            |_, e| budgets(e, &[("b", "web", 3, 2), ("a", "web", 3, 2)]),
            &[
                "Advisory DisruptionBudget: PodDisruptionBudgets shop/a and shop/b select the same pod, which the Eviction API then \
                 refuses: leave it one of them",
            ],
        ),
        (|_, e| budgets(e, &[("b", "db", 3, 2), ("a", "web", 3, 2)]), &[]),
        // Listed twice, and yet one.
        (
            |_, e| {
                budgets(e, &[("a", "web", 3, 2)]);
                let same = known(e.inside.budgets.values_mut().next().unwrap()).clone();
                e.inside.budgets.insert(None, Read::Known(same));
            },
            &[],
        ),
        // Another namespace's, by a list of all namespaces.
        (
            |_, e| {
                let budget = |namespace: &str| Selecting {
                    namespace: namespace.into(),
                    ..selecting("a", "web", Budget { expected: 3, desired: 2, healthy: 3 })
                };
                e.inside.budgets = Listed::from([(None, Read::Known(vec![budget("shop"), budget("other")]))]);
            },
            &[],
        ),
    ]);
}

fn policies(evidence: &mut Evidence, found: &[(&str, &str, &[&str])]) {
    let policy = |(name, app, groups): &(&str, &str, &[&str])| {
        selecting(name, app, GroupPolicy { groups: set(groups), by_account: false })
    };
    evidence.inside.group_policies = listed(found.iter().map(policy).collect());
    evidence.security_groups.insert("sg-shut".into(), Read::Known(Some(Default::default())));
    evidence.security_groups.insert("sg-open".into(), Read::Known(Some(within("sg-open"))));
    evidence.security_groups.insert("sg-gone".into(), Read::Known(None));
}

const GONE: &str = "Advisory SecurityGroupPolicy: SecurityGroupPolicy shop/a names sg-gone, which EC2 does not show, so its pods get no \
                    network: correct spec.securityGroups.groupIds";
const SHUT: &str = "Advisory SecurityGroupPolicy: SecurityGroupPolicy shop/a gives pods groups that let no 53/udp, 443/tcp out (DNS, API \
                    server): add cluster security group sg-cluster to its groupIds";

#[test]
fn the_groups_of_policies_are_there_and_let_pods_ask_for_names() {
    check_all(&[
        (|_, e| policies(e, &[("a", "web", &["sg-cluster", "sg-gone"])]), &[GONE]),
        (|_, e| policies(e, &[("a", "web", &["sg-shut"])]), &[SHUT]),
        (|_, e| policies(e, &[("a", "web", &["sg-open"])]), &[]),
        (|_, e| policies(e, &[("a", "db", &["sg-gone", "sg-shut"])]), &[]),
        // Another policy of the pod gives it the rest.
        (|_, e| policies(e, &[("a", "web", &["sg-shut"]), ("b", "web", &["sg-cluster"])]), &[]),
        (|_, e| policies(e, &[("a", "web", &["sg-shut"]), ("b", "web", &["sg-open"])]), &[]),
        // What is not known may let it out, and so may a policy that selects by service accounts.
        (|_, e| policies(e, &[("a", "web", &["sg-shut", "sg-unread"])]), &[]),
        (
            |_, e| {
                policies(e, &[("a", "web", &["sg-shut"])]);
                let content = GroupPolicy { groups: set(&["sg-cluster"]), by_account: true };
                let by_account = Selecting { selector: None, ..selecting("b", "", content) };
                known(e.inside.group_policies.values_mut().next().unwrap()).push(by_account);
            },
            &[],
        ),
        (
            |_, e| {
                policies(e, &[("a", "web", &["sg-shut"])]);
                e.cluster.security_group = None;
            },
            &[],
        ),
    ]);
}
