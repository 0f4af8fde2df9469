//! Amazon Resource Names, as far as the checks need them.

/// `arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Arn<'a> {
    pub partition: &'a str,
    pub region: &'a str,
    pub account: &'a str,
    pub resource: &'a str,
}

impl<'a> Arn<'a> {
    pub(super) fn parse(text: &'a str) -> Option<Self> {
        let mut parts = text.splitn(6, ':');
        let (arn, partition, _service) = (parts.next()?, parts.next()?, parts.next()?);
        let (region, account, resource) = (parts.next()?, parts.next()?, parts.next()?);
        (arn == "arn").then_some(Self { partition, region, account, resource })
    }

    /// The name of a role, without its path.
    pub(super) fn role(&self) -> Option<&'a str> {
        self.resource.strip_prefix("role/")?.rsplit('/').next()
    }

    /// The path of a role, such as `/team/`.
    pub(super) fn path(&self) -> Option<&'a str> {
        let rest = self.resource.strip_prefix("role")?;
        rest.rfind('/').map(|end| &rest[..=end])
    }
}

/// The name of a role, from its ARN; the text itself if it is none.
pub fn role_name(arn: &str) -> &str {
    Arn::parse(arn).and_then(|arn| arn.role()).unwrap_or(arn)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_role_has_a_name_and_a_path() {
        let arn = Arn::parse("arn:aws:iam::111122223333:role/team/a/pods").unwrap();
        assert_eq!((arn.role(), arn.path(), arn.account), (Some("pods"), Some("/team/a/"), "111122223333"));
        let plain = Arn::parse("arn:aws:iam::111122223333:role/pods").unwrap();
        assert_eq!((plain.role(), plain.path()), (Some("pods"), Some("/")));
        assert_eq!(Arn::parse("pods"), None);
        assert_eq!(Arn::parse("arn:aws:iam::111122223333:user/pods").unwrap().role(), None);
    }
}
