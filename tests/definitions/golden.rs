//! `in-NAME.yaml` is checked, and what is told must be `out-NAME.txt` (and `out-NAME.json` where there is one). When
//! they differ, what was told is left beside it as `….new`, to be read and renamed.

use std::fs;
use std::path::{Path, PathBuf};

use slo::cli::validate::{ValidateFormat, run};

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden/spec")
}

fn compare(path: &Path, told: &str) -> bool {
    // The place of the checkout is nobody's business.
    let told = told.replace(&format!("{}/", folder().display()), "");
    let mut new = path.as_os_str().to_owned();
    new.push(".new");
    let new = PathBuf::from(new);
    let _ = fs::remove_file(&new);
    if fs::read_to_string(path).is_ok_and(|want| want == told) {
        return true;
    }
    let kept = fs::write(&new, &told).map_or_else(|error| error.to_string(), |()| new.display().to_string());
    eprintln!("{} differs from what was told, {kept}:\n{told}", path.display());
    false
}

#[test]
fn what_is_told_about_broken_definitions() {
    let mut inputs: Vec<PathBuf> = fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("in-")))
        .collect();
    inputs.sort();
    assert!(inputs.len() >= 10, "{inputs:?}");
    let mut good = true;
    for input in inputs {
        let name = input.file_stem().unwrap().to_string_lossy().replacen("in-", "out-", 1);
        let (text, status) = run(std::slice::from_ref(&input), ValidateFormat::Text);
        let wrong = text.contains(": error[");
        assert_eq!(status, u8::from(wrong), "{text}");
        good &= compare(&folder().join(format!("{name}.txt")), &text);
        let json = folder().join(format!("{name}.json"));
        if json.exists() {
            good &= compare(&json, &run(&[input], ValidateFormat::Json).0);
        }
    }
    assert!(good, "see above");
}
