//! Files and folders in every bad state: each is told clearly, and nothing hangs or grows.

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};

use slo_definitions::{Loaded, load};

const SERVICE: &str = "apiVersion: openslo/v1\nkind: Service\nmetadata: {name: NAME}\n";

fn service(name: &str) -> String {
    SERVICE.replace("NAME", name)
}

fn told(loaded: &Loaded) -> Vec<String> {
    loaded
        .diagnostics
        .iter()
        .map(|found| {
            let file =
                Path::new(&found.place.file).file_name().unwrap_or_default().to_string_lossy().into_owned();
            format!("{file} {}", found.code)
        })
        .collect()
}

fn names(loaded: &Loaded) -> Vec<&str> {
    loaded.services.iter().map(|service| service.name.as_str()).collect()
}

fn check(paths: &[PathBuf], want: &[&str]) -> Loaded {
    let loaded = load(paths);
    assert_eq!(told(&loaded), want);
    loaded
}

#[test]
fn folders_are_read_in_order_and_only_once() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    fs::create_dir_all(root.join("b/c")).unwrap();
    fs::create_dir_all(root.join(".hidden")).unwrap();
    fs::write(root.join("b/c/2.yml"), service("two")).unwrap();
    fs::write(root.join("a.yaml"), service("one")).unwrap();
    fs::write(root.join("z.txt"), "not: yaml: at: all").unwrap();
    fs::write(root.join(".hidden/x.yaml"), service("hidden")).unwrap();
    fs::write(root.join("rules.yaml"), "groups:\n- name: x\n  rules: []\n").unwrap();
    symlink(root, root.join("b/loop")).unwrap();
    symlink(root.join("a.yaml"), root.join("c.yaml")).unwrap();
    let loaded = check(&[root.to_owned(), root.join("a.yaml"), root.to_owned()], &[]);
    assert_eq!(names(&loaded), ["one", "two"]);
    assert_eq!(loaded.files.len(), 2, "{:?}", loaded.files);
    // A file that is named itself is read whatever it is called.
    fs::write(root.join("d.conf"), service("three")).unwrap();
    assert_eq!(names(&load(&[root.join("d.conf")])), ["three"]);
}

#[test]
fn references_reach_across_files_and_duplicates_name_both() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.yaml"), service("one")).unwrap();
    fs::write(folder.path().join("b.yaml"), service("one")).unwrap();
    let loaded = check(&[folder.path().to_owned()], &["b.yaml duplicate-name"]);
    let first = &loaded.diagnostics[0].related[0].place;
    assert!(first.file.ends_with("a.yaml"));
    assert_eq!((first.line, first.column), (3, 18));
}

#[test]
fn what_cannot_be_read_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    check(&[at("missing.yaml")], &["missing.yaml unreadable"]);
    symlink(at("nowhere"), at("dangling.yaml")).unwrap();
    check(&[at("dangling.yaml")], &["dangling.yaml unreadable"]);
    symlink(at("ring.yaml"), at("ring.yaml")).unwrap();
    check(&[at("ring.yaml")], &["ring.yaml unreadable"]);
    check(&[PathBuf::from("/dev/zero")], &["zero unreadable"]);
    fs::create_dir(at("empty")).unwrap();
    check(&[at("empty")], &["empty no-files"]);
    fs::write(at("secret.yaml"), service("x")).unwrap();
    fs::set_permissions(at("secret.yaml"), fs::Permissions::from_mode(0o000)).unwrap();
    // Root reads it all the same.
    if fs::read(at("secret.yaml")).is_err() {
        check(&[at("secret.yaml")], &["secret.yaml unreadable"]);
    }
}

#[test]
fn what_is_no_text_or_too_large_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        path
    };
    check(&[write("a.yaml", b"")], &["a.yaml empty-file"]);
    check(&[write("b.yaml", b"\xff\xfea\0p\0")], &["b.yaml not-text"]);
    let loaded = check(&[write("c.yaml", b"a: 1\nb: \xe9t\xe9\n")], &["c.yaml not-text"]);
    assert_eq!((loaded.diagnostics[0].place.line, loaded.diagnostics[0].place.column), (2, 4));
    check(&[write("d.yaml", b"a: 1\0\n")], &["d.yaml not-text"]);
    let noise: Vec<u8> = (0..10_000u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    check(&[write("e.yaml", &noise)], &["e.yaml not-text"]);
    let large = format!("{}# {}\n", service("x"), "x".repeat(10 * 1024 * 1024));
    check(&[write("f.yaml", large.as_bytes())], &["f.yaml too-large"]);
    check(&[write("g.yaml", format!("\u{feff}{}", service("bom")).as_bytes())], &[]);
    check(&[write("h.yaml", service("crlf").replace('\n', "\r\n").as_bytes())], &[]);
    check(&[write("i.yaml", b"\x7fELF\x02\x01\x01")], &["i.yaml yaml-syntax"]);
}

#[test]
fn one_bad_file_does_not_hide_the_others() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a.yaml"), "a: [\n").unwrap();
    fs::write(folder.path().join("b.yaml"), b"\xff").unwrap();
    fs::write(folder.path().join("c.yaml"), service("good")).unwrap();
    fs::write(folder.path().join("d.yaml"), "# to come\n").unwrap();
    let loaded =
        check(&[folder.path().to_owned()], &["a.yaml yaml-syntax", "b.yaml not-text", "d.yaml empty-file"]);
    assert_eq!(names(&loaded), ["good"]);
    assert_eq!((loaded.errors(), loaded.warnings()), (2, 1));
}
