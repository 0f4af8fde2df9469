//! Access entries of pod execution roles (EKS user guide, access entries; aws/containers-roadmap#2441).

use super::Mend;
use crate::eks::NewAccessEntry;
use crate::prerequisites::{EntryTrouble, FARGATE_ENTRY};

/// What puts the entry of this role right. An entry of another type is somebody's, and a person's to change.
pub fn next(role: &str, trouble: &EntryTrouble) -> Option<Mend> {
    let entry = |tags| NewAccessEntry { principal: role.to_owned(), kind: FARGATE_ENTRY.to_owned(), tags };
    match trouble {
        EntryTrouble::Missing => Some(Mend::CreateAccessEntry(entry(Default::default()))),
        EntryTrouble::Older { tags } => Some(Mend::RenewAccessEntry(entry(tags.clone()))),
        EntryTrouble::OfNodes { .. } | EntryTrouble::OtherType { .. } => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_created_or_renewed_with_its_tags_and_another_type_is_left_alone() {
        let role = "arn:aws:iam::111122223333:role/pods";
        let entry = |tags| NewAccessEntry { principal: role.into(), kind: "FARGATE_LINUX".into(), tags };
        let tags = [("team".to_owned(), "web".to_owned())];
        assert_eq!(next(role, &EntryTrouble::Missing), Some(Mend::CreateAccessEntry(entry([].into()))));
        let older = EntryTrouble::Older { tags: tags.clone().into() };
        assert_eq!(next(role, &older), Some(Mend::RenewAccessEntry(entry(tags.into()))));
        assert_eq!(next(role, &EntryTrouble::OtherType { kind: "STANDARD".into() }), None);
        assert_eq!(next(role, &EntryTrouble::OfNodes { kind: "EC2_LINUX".into() }), None);
    }
}
