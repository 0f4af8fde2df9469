//! What `kubectl get fp -w` prints: rows that the API server makes of the objects, by the columns of the CRD.

use std::collections::BTreeMap;
use std::time::Duration;

use futures::TryStreamExt;
use kube::api::WatchEvent;
use serde_json::Value;

use super::super::page::Page;

const PATH: &str = "/apis/fargate-operator.dev/v1alpha1/fargateprofiles?watch=true";
const AS_TABLE: &str = "application/json;as=Table;v=v1;g=meta.k8s.io";

/// Changes with every row, and is no news.
const AGE: &str = "AGE";

/// A row whenever something in it but the age has changed. Ends when nobody reads.
pub(super) async fn show(client: kube::Client, page: Page) {
    let mut table = Table::default();
    loop {
        let request = http::Request::get(PATH).header(http::header::ACCEPT, AS_TABLE).body(Vec::new());
        let Ok(request) = request else { return };
        if let Ok(stream) = client.request_events::<Value>(request).await {
            let mut stream = Box::pin(stream);
            while let Ok(Some(change)) = stream.try_next().await {
                let rows = match change {
                    WatchEvent::Added(rows) | WatchEvent::Modified(rows) => table.changed(&rows),
                    WatchEvent::Deleted(rows) => table.deleted(&rows),
                    WatchEvent::Bookmark(_) | WatchEvent::Error(_) => continue,
                };
                for row in rows {
                    if page.seen_under(&table.heading(), "kubectl", &row).is_err() {
                        return;
                    }
                }
            }
        }
        // The API server ends a watch now and then; a new one begins with all rows, of which the known are no news.
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// The columns that `kubectl get` shows without `-o wide`, and the rows shown last.
#[derive(Default)]
struct Table {
    columns: Vec<Column>,
    shown: BTreeMap<String, Vec<String>>,
}

struct Column {
    index: usize,
    title: String,
    width: usize,
}

impl Table {
    fn changed(&mut self, table: &Value) -> Vec<String> {
        self.learn(table);
        let mut lines = Vec::new();
        for (name, cells) in self.rows(table) {
            let news: Vec<String> = self
                .columns
                .iter()
                .zip(&cells)
                .filter(|(column, _)| column.title != AGE)
                .map(|(_, cell)| cell.clone())
                .collect();
            if self.shown.get(&name) != Some(&news) {
                self.shown.insert(name, news);
                lines.push(self.line(&cells));
            }
        }
        lines
    }

    fn deleted(&mut self, table: &Value) -> Vec<String> {
        let rows = self.rows(table);
        rows.into_iter().filter_map(|(name, _)| self.shown.remove(&name).map(|_| format!("{name} is gone"))).collect()
    }

    fn heading(&self) -> String {
        self.line(&self.columns.iter().map(|column| column.title.clone()).collect::<Vec<_>>())
    }

    /// Only the first change of a watch tells the columns.
    fn learn(&mut self, table: &Value) {
        let Some(columns) = table["columnDefinitions"].as_array().filter(|columns| !columns.is_empty()) else {
            return;
        };
        let narrow = columns.iter().enumerate().filter(|(_, column)| column["priority"].as_i64() == Some(0));
        self.columns = narrow
            .map(|(index, column)| {
                let title = column["name"].as_str().unwrap_or_default().to_uppercase();
                // As wide as what is to come, where that is known.
                let width = match title.as_str() {
                    "NAME" => 10,
                    "READY" => 5,
                    "PROFILE" => 15,
                    "STATUS" => 8,
                    _ => title.len(),
                };
                Column { index, title, width }
            })
            .collect();
    }

    fn rows(&self, table: &Value) -> Vec<(String, Vec<String>)> {
        let rows = table["rows"].as_array().into_iter().flatten();
        rows.map(|row| {
            let name = row["object"]["metadata"]["name"].as_str().unwrap_or_default().to_owned();
            (name, self.columns.iter().map(|column| cell(&row["cells"][column.index])).collect())
        })
        .collect()
    }

    fn line(&self, cells: &[String]) -> String {
        let padded =
            self.columns.iter().zip(cells).map(|(column, cell)| format!("{cell:<width$}", width = column.width));
        padded.collect::<Vec<_>>().join("  ")
    }
}

fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
