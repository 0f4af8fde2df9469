//! What `import` prints: manifests with comments, or all of it as JSON.

use std::collections::BTreeMap;
use std::path::Path;

use anyhow::Context as _;
use serde_json::{Value, json};

use crate::import::{About, Imported, Lost, Manifest};
use crate::plugin::terminal::{Terminal, bold, yellow};

pub(super) struct Answer {
    pub(super) profiles: Vec<Imported>,
    /// What is about no profile in particular.
    pub(super) lost: Vec<Lost>,
}

impl Answer {
    /// Whether there is a profile, and each has a manifest. The same profile twice counts once.
    pub(super) fn is_whole(&self) -> bool {
        let is_written = |it: &Imported| it.manifest.is_some() || it.same_as.is_some();
        self.profiles.iter().all(is_written)
            && (!self.profiles.is_empty() || !self.lost.is_empty() && self.is_all_owned())
    }

    /// Whether nothing is left to import, because all of it is the operator's already.
    fn is_all_owned(&self) -> bool {
        self.lost.iter().all(|lost| lost.about == Some(About::Owned))
    }

    fn manifests(&self) -> impl Iterator<Item = &Manifest> {
        self.profiles.iter().filter_map(|it| it.manifest.as_ref())
    }

    fn all_lost(&self) -> impl Iterator<Item = &Lost> {
        self.lost.iter().chain(self.profiles.iter().flat_map(|it| &it.lost))
    }

    pub(super) fn json(&self) -> anyhow::Result<String> {
        let of_each = |value: fn(&Imported) -> Value| self.profiles.iter().map(value).collect::<Vec<Value>>();
        let answer = json!({
            "manifests": self.manifests().collect::<Vec<_>>(),
            "lost": self.all_lost().collect::<Vec<_>>(),
            "managedBy": of_each(|it| json!({ "object": it.object, "profileName": it.profile_name, "manager": it.managed_by })),
            "letGo": of_each(|it| json!({ "object": it.object, "profileName": it.profile_name, "steps": it.let_go })),
        });
        Ok(serde_json::to_string_pretty(&answer)?)
    }

    pub(super) fn yaml(&self) -> anyhow::Result<String> {
        let unnamed = Some(comments(self.lost.iter().map(line))).filter(|told| !told.is_empty());
        let each = self.profiles.iter().map(document).collect::<anyhow::Result<Vec<String>>>()?;
        Ok(unnamed.into_iter().chain(each).collect::<Vec<_>>().join("---\n"))
    }

    /// In short, on standard error.
    pub(super) fn summarize(&self, folder: Option<&Path>, as_json: bool, terminal: &Terminal) {
        let (all, written) = (self.profiles.len(), self.manifests().count());
        let place = folder.map(|folder| format!(" in {}", folder.display())).unwrap_or_default();
        let profiles = if all == 1 { "profile has" } else { "profiles have" };
        anstream::eprintln!("{}", bold(&format!("{written} of {all} {profiles} a manifest{place}")));
        let mut lost: BTreeMap<&str, Vec<&Lost>> = BTreeMap::new();
        for it in self.all_lost() {
            lost.entry(&it.object).or_default().push(it);
        }
        for it in lost.values().flatten() {
            anstream::eprintln!("{} {}", yellow("not carried over:"), terminal.wrapped(&printable(&line(it)), 2));
        }
        let mut managers: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for it in &self.profiles {
            managers.entry(it.managed_by).or_default().push(it.profile_name.as_deref().unwrap_or(&it.object));
        }
        for (manager, names) in managers {
            let names = terminal.wrapped(&printable(&names.join(", ")), 2);
            anstream::eprintln!("{} {names}", bold(&format!("managed by {manager}:")));
        }
        if written > 0 {
            let place = if as_json { "letGo says" } else { "The comments above each manifest say" };
            anstream::eprintln!("{place} how to make it let go.");
        }
    }
}

fn line(lost: &Lost) -> String {
    match lost.field.as_str() {
        "" => format!("{}: {}", lost.object, lost.why),
        field => format!("{}: {field}: {}", lost.object, lost.why),
    }
}

/// A manifest under its comments, or the comments alone.
fn document(it: &Imported) -> anyhow::Result<String> {
    let mut lines = vec![match &it.profile_name {
        Some(name) if *name != it.object => format!("EKS profile {name}, from {}", it.object),
        Some(name) => format!("EKS profile {name}"),
        None => it.object.clone(),
    }];
    let how = if it.let_go.is_empty() { "" } else { " How it lets go, before this is applied:" };
    lines.push(format!("Managed by {}.{how}", it.managed_by));
    lines.extend(it.let_go.iter().enumerate().map(|(at, step)| format!("  {}. {step}", at + 1)));
    if !it.lost.is_empty() {
        lines.push("Not carried over:".to_owned());
    }
    for lost in &it.lost {
        let field = if lost.field.is_empty() { String::new() } else { format!("{}: ", lost.field) };
        lines.push(format!("  - {field}{}", lost.why));
    }
    let manifest = it.manifest.as_ref().map(serde_saphyr::to_string).transpose()?;
    Ok(comments(lines.into_iter()) + &manifest.unwrap_or_default())
}

/// What a file says may have several lines, of which each is to be a comment.
fn comments(texts: impl Iterator<Item = String>) -> String {
    let lines: Vec<String> =
        texts.flat_map(|text| printable(&text).lines().map(|line| format!("# {line}\n")).collect::<Vec<_>>()).collect();
    lines.concat()
}

/// A text with an escape for each character that would end a comment of YAML, or do something to a terminal.
fn printable(text: &str) -> String {
    let is_plain = |c: char| matches!(c, '\n' | '\t') || !c.is_control() && !matches!(c, '\u{2028}' | '\u{2029}');
    let shown = |c: char| if is_plain(c) { c.to_string() } else { c.escape_default().to_string() };
    text.chars().map(shown).collect()
}

/// Writes each file, and loses none that is there.
pub(super) fn write(answer: &Answer, folder: &Path, as_json: bool) -> anyhow::Result<()> {
    std::fs::create_dir_all(folder).with_context(|| format!("making {}", folder.display()))?;
    let put = |name: String, text: String| {
        let path = folder.join(name);
        // What is there may have been edited since.
        let mut file = std::fs::File::create_new(&path).with_context(|| format!("writing {}", path.display()))?;
        std::io::Write::write_all(&mut file, text.as_bytes()).with_context(|| format!("writing {}", path.display()))
    };
    files(answer, as_json)?.into_iter().try_for_each(|(name, text)| put(name, text))
}

/// Name and text of each file: one for each manifest, or one with everything as JSON, which has no comments.
fn files(answer: &Answer, as_json: bool) -> anyhow::Result<Vec<(String, String)>> {
    if as_json {
        return Ok(vec![("import.json".to_owned(), answer.json()? + "\n")]);
    }
    let written = answer.profiles.iter().filter_map(|it| Some((it.manifest.as_ref()?, it)));
    written.map(|(manifest, it)| Ok((format!("{}.yaml", manifest.name()), document(it)?))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::{Format, imported, read};

    #[test]
    fn nothing_that_a_file_says_leaves_the_comment() {
        let name = "web\r\nspec: {}\u{85}a\u{2028}b\u{2029}c\u{1b}[31m\rd";
        let told = comments(std::iter::once(name.to_owned()));
        assert_eq!(told, "# web\\r\n# spec: {}\\u{85}a\\u{2028}b\\u{2029}c\\u{1b}[31m\\rd\n");
    }

    #[test]
    fn a_folder_gets_as_json_what_the_comments_say_as_yaml() {
        let file =
            r#"{ "fargateProfileName": "web", "selectors": [{ "namespace": "web" }], "tags": { "aws:x": "y" } }"#;
        let reading = read(Format::Describe, file).unwrap();
        let answer = Answer { profiles: imported(reading.profiles), lost: reading.lost };
        let [(name, yaml)] = files(&answer, false).unwrap().try_into().unwrap();
        assert_eq!(name, "web.yaml");
        assert!(yaml.contains("# Managed by AWS.") && yaml.contains("#   - tags.aws:x: a mark of AWS\n"), "{yaml}");
        let [(name, json)] = files(&answer, true).unwrap().try_into().unwrap();
        assert_eq!((name.as_str(), json), ("import.json", answer.json().unwrap() + "\n"));
    }
}
