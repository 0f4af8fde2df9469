//! Fluent Bit's classic configuration, as far as Fargate's log router takes it (Fluent Bit manual, configuration file).

/// A section, such as `[OUTPUT]`, with its keys and values.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Section<'a> {
    pub name: &'a str,
    pub entries: Vec<(&'a str, &'a str)>,
}

impl<'a> Section<'a> {
    pub(super) fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }

    /// The plugin that it is about.
    pub(super) fn plugin(&self) -> Option<&'a str> {
        self.entries.iter().find(|(key, _)| key.eq_ignore_ascii_case("name")).map(|(_, value)| *value)
    }
}

/// The sections of a text, in order. What stands before the first of them belongs to none.
pub(super) fn sections(text: &str) -> Vec<Section<'_>> {
    let mut sections: Vec<Section<'_>> = Vec::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#')) {
        if let Some((name, _)) = line.strip_prefix('[').and_then(|rest| rest.split_once(']')) {
            sections.push(Section { name: name.trim(), entries: Vec::new() });
        } else if let Some(section) = sections.last_mut() {
            let (key, value) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
            section.entries.push((key, value.trim()));
        }
    }
    sections
}

/// The name of an environment variable in a value: of `${HOST}` it is `HOST`.
pub(super) fn variable(value: &str) -> Option<&str> {
    let names = value.split("${").skip(1).filter_map(|rest| rest.split_once('}'));
    let is_name = |name: &&str| !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    names.map(|(name, _)| name).find(is_name)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn sections_have_a_name_and_entries_and_comments_are_none() {
        let text = "lost\n[FILTER]\n    Name  grep\n    # Name nest\n\n    Regex log ^[a-z] $\n  [output] \n\tname\tes";
        let found = sections(text);
        let entries = vec![("Name", "grep"), ("Regex", "log ^[a-z] $")];
        assert_eq!(found[0], Section { name: "FILTER", entries });
        assert!(found[1].is("OUTPUT") && found.len() == 2);
        assert_eq!(found[1].plugin(), Some("es"));
        assert_eq!(sections("[PARSER]\nFormat").first().and_then(Section::plugin), None);
    }

    #[test]
    fn a_variable_has_a_name_in_braces() {
        assert_eq!(variable("search-${HOST}.es"), Some("HOST"));
        assert_eq!(variable("${}${A B}${C_1}"), Some("C_1"));
        for plain in ["", "$TAG", "$1 ${", "^a{2}$", "${open"] {
            assert_eq!(variable(plain), None, "{plain}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn every_text_is_read_and_nothing_is_made_up(text in r"(\PC|[\[\]#\n\t ${}]){0,200}") {
            for section in sections(&text) {
                prop_assert!(text.contains(section.name));
                for (key, value) in &section.entries {
                    prop_assert!(!key.is_empty() && text.contains(key) && text.contains(value));
                    prop_assert!(variable(value).is_none_or(|name| value.contains(name)));
                }
            }
        }
    }
}
