//! Names of objects, made of those in EKS, and what the CRD takes of names and ids.

/// A name for the object of an EKS profile, which no other in `taken` has.
pub(super) fn object_name(profile: &str, taken: &[String]) -> String {
    let plain: String =
        profile.to_lowercase().chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '-' }).collect();
    // As long as a label value, so that a label can name the object.
    let cut: String = plain.trim_matches('-').chars().take(60).collect();
    let cut = cut.trim_end_matches('-');
    let stem = if cut.is_empty() { "profile" } else { cut };
    let numbered = (2..).map(|n| format!("{stem}-{n}"));
    std::iter::once(stem.to_owned()).chain(numbered).find(|name| !taken.contains(name)).unwrap_or_default()
}

/// Why no object can have this EKS name, if so.
pub(super) fn wrong_name(name: &str) -> Option<String> {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c);
    let ends_well = |c: Option<char>| c.is_some_and(|c| c.is_ascii_alphanumeric());
    let ends = ends_well(name.chars().next()) && ends_well(name.chars().next_back());
    let fits = name.len() <= 100 && name.chars().all(is_plain) && ends && !name.to_lowercase().starts_with("eks-");
    let rule = "a name in EKS has up to 100 letters, digits, - and _, begins and ends with a letter or digit, and does not begin \
                with eks-";
    (!fits).then(|| format!("its name is {name:?}, and {rule}"))
}

pub(super) fn is_cluster(name: &str) -> bool {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-_".contains(c);
    name.len() <= 100 && name.chars().all(is_plain) && name.starts_with(|c: char| c.is_ascii_alphanumeric())
}

pub(super) fn is_subnet(id: &str) -> bool {
    let is_hex = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
    id.strip_prefix("subnet-").is_some_and(|rest| (8..=17).contains(&rest.len()) && rest.chars().all(is_hex))
}

pub(super) fn is_role(arn: &str) -> bool {
    let parts: Vec<&str> = arn.splitn(6, ':').collect();
    let ["arn", partition, "iam", "", account, resource] = parts.as_slice() else { return false };
    let is_account = account.len() == 12 && account.bytes().all(|c| c.is_ascii_digit());
    let name = resource.strip_prefix("role/").and_then(|rest| rest.rsplit('/').next()).unwrap_or_default();
    let may_be = |c: char| c.is_ascii_alphanumeric() || "+=,.@_-".contains(c);
    let is_visible = resource.chars().all(|c| c.is_ascii_graphic()) && !resource.contains("//");
    let is_name = (1..=64).contains(&name.len()) && name.chars().all(may_be);
    partition.starts_with("aws") && is_account && is_visible && is_name && arn.len() <= 640
}

/// Why the CRD takes no such selector, if so: a namespace or a label that no pod can have.
pub(super) fn wrong_selector(
    namespace: &str,
    labels: impl Iterator<Item = (impl AsRef<str>, impl AsRef<str>)>,
) -> Option<String> {
    let is_namespace = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-*?".contains(c);
    if namespace.is_empty() || namespace.len() > 63 || !namespace.chars().all(is_namespace) || !ends_well(namespace) {
        return Some(format!("no namespace can match {namespace:?}"));
    }
    for (key, value) in labels {
        let (key, value) = (key.as_ref(), value.as_ref());
        if !is_key(key) {
            return Some(format!("no label of a pod can match the key {key:?}"));
        }
        let count = value.chars().filter(|c| *c != '*').count();
        if !is_part(value) || count > 63 {
            return Some(format!("no label {key} of a pod can have the value {value:?}"));
        }
    }
    None
}

fn ends_well(text: &str) -> bool {
    !text.starts_with(['-', '.', '_']) && !text.ends_with(['-', '.', '_'])
}

/// Whether a key of a label can be so: a name, and before it a domain with a slash. A wildcard may stand for what is missing.
fn is_key(key: &str) -> bool {
    let is_of_domain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-*?".contains(c);
    let is_domain = |domain: &str| {
        domain.split('.').all(|part| !part.is_empty() && part.chars().all(is_of_domain) && ends_well(part))
    };
    let (domain, name) = key.split_once('/').map_or((None, key), |(domain, name)| (Some(domain), name));
    let fits = key.contains(['*', '?']) || name.len() <= 63 && domain.is_none_or(|domain| domain.len() <= 253);
    key.len() <= 317 && fits && !name.is_empty() && is_part(name) && domain.is_none_or(is_domain)
}

/// Whether the name in a key of a label, or its value, is written so.
fn is_part(text: &str) -> bool {
    text.chars().all(|c| c.is_ascii_alphanumeric() || "-_.*?".contains(c)) && ends_well(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_gets_a_dns_name_that_no_other_has() {
        let long = "x".repeat(100);
        for (profile, taken, name) in [
            ("fp-default", vec![], "fp-default"),
            ("kube_system", vec![], "kube-system"),
            ("Kube_System_", vec!["kube-system"], "kube-system-2"),
            ("web", vec!["web", "web-2"], "web-3"),
            (&long, vec![], &long[..60]),
            ("___", vec![], "profile"),
        ] {
            let taken: Vec<String> = taken.into_iter().map(str::to_owned).collect();
            assert_eq!(object_name(profile, &taken), name);
        }
    }

    #[test]
    fn what_the_crd_refuses_is_known() {
        for wrong in ["", "-web", "web_", "web.example", "EKS-web", "wéb", &"p".repeat(101)] {
            assert!(wrong_name(wrong).is_some(), "{wrong}");
        }
        assert!(wrong_name(&"p".repeat(100)).is_none());
        for wrong in [
            "arn:aws:iam:111122223333:role/pods",
            "pods",
            "arn:aws:iam::111122223333:user/pods",
            "arn:aws:iam::1:role/p",
        ] {
            assert!(!is_role(wrong), "{wrong}");
        }
        for right in ["arn:aws:iam::111122223333:role/eks/a/pods", "arn:aws-cn:iam::111122223333:role/a.b-c"] {
            assert!(is_role(right), "{right}");
        }
        assert!(is_subnet("subnet-0aaaaaaa000000001") && !is_subnet("subnet-abc123") && !is_subnet("subnet-0AAAAAAA"));
        assert!(is_cluster("lab_1") && !is_cluster("arn:aws:eks:eu-west-1:1:cluster/lab"));
        let none = || std::iter::empty::<(&str, &str)>();
        assert!(wrong_selector("*-jobs", none()).is_none() && wrong_selector("Shop", none()).is_some());
        for (key, value, is_wrong) in [
            ("eks.amazonaws.com/component", "coredns", false),
            ("stage", "*", false),
            ("stage", "", false),
            ("a/b/c", "x", true),
            ("-a", "x", true),
            ("/a", "x", true),
            ("a/", "x", true),
            ("Example.com/a", "x", true),
            ("example..com/a", "x", true),
            ("*.example.com/*", "x", false),
            (&"k".repeat(63), "x", false),
            (&"k".repeat(64), "x", true),
            (&format!("{}/a", "d".repeat(254)), "x", true),
            ("stage", "a b", true),
        ] {
            assert_eq!(wrong_selector("shop", [(key, value)].into_iter()).is_some(), is_wrong, "{key}={value}");
        }
    }
}
