//! What fits a width, and colour that takes none of it.

use super::*;

fn terminal(width: Option<usize>) -> Terminal {
    Terminal { width, height: None, is_interactive: false }
}

#[test]
fn a_table_in_colour_is_laid_out_as_one_without() {
    let rows = |state: &str, late: &str| {
        vec![
            vec!["web".to_owned(), state.to_owned(), "12d".to_owned()],
            vec!["api-with-a-long-name".to_owned(), late.to_owned(), "5m".to_owned()],
        ]
    };
    let coloured = rows(&green("Settled"), &red("Awaiting approval of somebody who is away"));
    let without = rows("Settled", "Awaiting approval of somebody who is away");
    for width in [None, Some(30), Some(40), Some(80)] {
        let table = terminal(width).table(&["NAME", "PHASE", "FOR"], coloured.clone());
        assert_eq!(plain(&table), terminal(width).table(&["NAME", "PHASE", "FOR"], without.clone()));
    }
}

#[test]
fn colour_ends_with_its_cell_in_every_line() {
    let rows = vec![vec![red("Cannot go on"), "a".to_owned()], vec![yellow("Held"), green("b")]];
    let wide = terminal(None).table(&["STATE", "X"], rows.clone());
    let red = |text: &str| format!("\x1b[1m\x1b[31m{text}\x1b[0m");
    assert_eq!(
        wide,
        format!("STATE          X\n{}   a\n{}           {}", red("Cannot go on"), yellow("Held"), green("b"))
    );
    let narrow = terminal(Some(10)).table(&["STATE", "X"], rows);
    let first: Vec<&str> = narrow.lines().skip(1).take(2).collect();
    assert_eq!(first, [format!("{}   a", red("Cannot")), red("go on")]);
}

#[test]
fn text_is_wrapped_by_what_is_seen_of_it() {
    let at = |text: &str| terminal(Some(60)).wrapped(text, 2);
    let words = "this change replaces EKS profile web-9999: its pods are moved one by one";
    assert_eq!(plain(&at(&format!("{} {words}", yellow("warning:")))), at(&format!("warning: {words}")));
    // A word that is too long is whole, in a line of its own.
    let arn = format!("arn:aws:eks:eu-central-1:111122223333:fargateprofile/prod/{}", "x".repeat(20));
    assert_eq!(at(&format!("its ARN is {arn} and so on")), format!("its ARN is\n  {arn}\n  and so on"));
}
