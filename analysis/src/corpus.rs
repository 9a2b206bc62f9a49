//! What do the files of labelled cases say?

/// The text of each.
pub(crate) fn texts() -> Vec<String> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus");
    let (mut texts, mut todo) = (Vec::new(), vec![folder]);
    while let Some(folder) = todo.pop() {
        let entries = std::fs::read_dir(folder).expect("the corpus is there");
        for entry in entries.flatten() {
            let path = entry.path();
            if path.is_dir() {
                todo.push(path);
            } else if let Ok(text) = std::fs::read_to_string(&path) {
                texts.push(text);
            }
        }
    }
    texts
}
