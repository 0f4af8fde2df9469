//! What the operator warns of: selectors that lead nowhere, that overlap with those of others, pods that never fit.

use kube::ResourceExt;

use super::super::gather::{Objects, Read};
use super::super::line::{Check, Line};

const CHECK: Check = Check("warnings", "selectors and pods");

pub(super) fn lines(read: &Read<Objects>) -> Vec<Line> {
    CHECK.of(read, |objects| {
        let told = objects.readable.iter().flat_map(|object| {
            let warnings = object.status.iter().flat_map(|status| &status.warnings);
            warnings
                .map(move |warning| CHECK.warn(warning.as_str()).about(format!("FargateProfile {}", object.name_any())))
        });
        let told: Vec<Line> = told.collect();
        if told.is_empty() { vec![CHECK.ok("no selector overlaps with another or leads nowhere")] } else { told }
    })
}

#[cfg(test)]
mod tests {
    use super::super::super::line::Level;
    use super::*;
    use crate::api::{FargateProfile, FargateProfileSpec, FargateProfileStatus};

    #[test]
    fn each_warning_of_the_operator_is_a_line() {
        let status = FargateProfileStatus { warnings: vec!["first".into(), "second".into()], ..Default::default() };
        let object =
            FargateProfile { status: Some(status), ..FargateProfile::new("web", FargateProfileSpec::default()) };
        let told = lines(&Ok(Objects { readable: vec![object], ..Objects::default() }));
        let told: Vec<(Level, &str)> = told.iter().map(|line| (line.level, line.detail.as_str())).collect();
        assert_eq!(told, [(Level::Warn, "first"), (Level::Warn, "second")]);
        assert_eq!(lines(&Ok(Objects::default()))[0].level, Level::Ok);
    }
}
