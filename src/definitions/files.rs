//! Finds and reads the files that are named, or that lie in folders that are named. Everything is bounded: depth,
//! number and size of files; a link that leads back is followed once.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::{LazyLock, Mutex, PoisonError};

use super::findings::{Finding, Findings};
use super::source::{Sources, Span};

/// Largest file that is read, in bytes. The largest in earnest is a hundredth of it.
const LARGEST: u64 = 4 * 1024 * 1024;
/// Deepest folder below one that is named.
const DEEPEST: usize = 32;
/// Most files that are read.
const MOST_FILES: usize = 10_000;
/// Most bytes that are read in all.
const MOST_BYTES: u64 = 64 * 1024 * 1024;

/// What comes through a pipe can be read once, and definitions, rules and every reload ask for it.
static PIPED: LazyLock<Mutex<BTreeMap<PathBuf, Vec<u8>>>> = LazyLock::new(Mutex::default);

/// The standard input, or another pipe that a shell hands over.
fn is_pipe(path: &Path) -> bool {
    let handed_over = ["/dev/stdin", "/dev/fd", "/proc/self/fd"].iter().any(|place| path.starts_with(place));
    path == Path::new("-") || handed_over && fs::metadata(path).is_ok_and(|metadata| !metadata.is_file())
}

/// Everything that comes through a pipe, at most so much that more would be refused.
fn piped(path: &Path) -> io::Result<Vec<u8>> {
    let mut known = PIPED.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(bytes) = known.get(path) {
        return Ok(bytes.clone());
    }
    let mut bytes = Vec::new();
    if path == Path::new("-") {
        io::stdin().lock().take(LARGEST + 1).read_to_end(&mut bytes)?;
    } else {
        File::open(path)?.take(LARGEST + 1).read_to_end(&mut bytes)?;
    }
    known.insert(path.to_owned(), bytes.clone());
    Ok(bytes)
}

/// Whether a file of a folder is read: by the end of its name.
fn is_of_definitions(path: &Path) -> bool {
    path.extension().is_some_and(|end| end == "yaml" || end == "yml" || end == "json")
}

/// A file to read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) path: PathBuf,
    /// It was named itself, not found in a folder.
    pub(super) named: bool,
}

/// Walks folders and reads files.
pub(super) struct Files<'a> {
    pub(super) sources: &'a mut Sources,
    pub(super) findings: &'a mut Findings,
    /// Real paths of the files and folders that were met, so that none is read twice.
    met: BTreeSet<PathBuf>,
    found: Vec<Found>,
    bytes: u64,
    /// There were too many files, and that was said.
    full: bool,
}

impl<'a> Files<'a> {
    pub(super) fn new(sources: &'a mut Sources, findings: &'a mut Findings) -> Self {
        Self { sources, findings, met: BTreeSet::new(), found: Vec::new(), bytes: 0, full: false }
    }

    /// Every file of the paths: those that are named whatever they are called (`-` is the standard input), those in folders
    /// if they end in `.yaml`, `.yml` or `.json`; each folder in order of names.
    pub(super) fn find(&mut self, paths: &[PathBuf]) -> Vec<Found> {
        for path in paths {
            let before = self.found.len();
            let finds = self.findings.errors();
            if path.is_dir() {
                if path.canonicalize().is_ok_and(|real| self.met.contains(&real)) {
                    continue;
                }
                self.folder(path, 0);
                if self.found.len() == before && self.findings.errors() == finds {
                    self.problem(
                        path,
                        "no-files",
                        "no *.yaml or *.yml file in this folder",
                        "name a file, or a folder that holds definitions",
                    );
                }
            } else {
                self.file(path, true);
            }
        }
        std::mem::take(&mut self.found)
    }

    fn folder(&mut self, path: &Path, depth: usize) {
        match path.canonicalize() {
            Ok(real) => {
                if !self.met.insert(real) {
                    return;
                }
            }
            Err(error) => return self.unreadable(path, &error),
        }
        if depth > DEEPEST {
            let message = format!("folders are nested more than {DEEPEST} deep");
            return self.problem(path, "unreadable", &message, "name the folder itself");
        }
        let entries = match fs::read_dir(path) {
            Ok(entries) => entries,
            Err(error) => return self.unreadable(path, &error),
        };
        let mut names: Vec<PathBuf> = entries.filter_map(Result::ok).map(|entry| entry.path()).collect();
        names.sort();
        for entry in names {
            let name = entry.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
            // Kubernetes mounts keep their versions in hidden folders beside the links to them.
            if name.starts_with('.') {
                continue;
            }
            if entry.is_dir() {
                self.folder(&entry, depth + 1);
            } else if is_of_definitions(&entry) {
                self.file(&entry, false);
            }
        }
    }

    fn file(&mut self, path: &Path, named: bool) {
        let real = match path.canonicalize() {
            _ if named && is_pipe(path) => path.to_owned(),
            Ok(real) => real,
            Err(error) => return self.unreadable(path, &error),
        };
        if !self.met.insert(real) {
            return;
        }
        if self.found.len() >= MOST_FILES {
            if !std::mem::replace(&mut self.full, true) {
                let message = format!("more than {MOST_FILES} files");
                self.problem(path, "too-large", &message, "name fewer folders");
            }
            return;
        }
        self.found.push(Found { path: path.to_owned(), named });
    }

    /// Reads a file into the sources. `None` when it cannot be read, which is a finding.
    pub(super) fn read(&mut self, path: &Path) -> Option<usize> {
        match fs::metadata(path) {
            _ if is_pipe(path) => {}
            Ok(metadata) if !metadata.is_file() => {
                self.problem(path, "unreadable", "this is not a regular file", "name a file or a folder");
                return None;
            }
            Ok(_) => {}
            Err(error) => {
                self.unreadable(path, &error);
                return None;
            }
        }
        let whole = || {
            let mut bytes = Vec::new();
            File::open(path)?.take(LARGEST + 1).read_to_end(&mut bytes)?;
            Ok(bytes)
        };
        let bytes = match if is_pipe(path) { piped(path) } else { whole() } {
            Ok(bytes) => bytes,
            Err(error) => {
                self.unreadable(path, &error);
                return None;
            }
        };
        self.bytes += bytes.len() as u64;
        if bytes.len() as u64 > LARGEST || self.bytes > MOST_BYTES {
            let (what, limit) = if self.bytes > MOST_BYTES {
                ("the files together are", MOST_BYTES)
            } else {
                ("the file is", LARGEST)
            };
            let message = format!("{what} larger than {} MiB", limit / 1024 / 1024);
            self.problem(
                path,
                "too-large",
                &message,
                "definitions are small; split it, or move it elsewhere",
            );
            return None;
        }
        self.text(path, bytes)
    }

    /// Takes the bytes as text, or notes the first that is none.
    fn text(&mut self, path: &Path, bytes: Vec<u8>) -> Option<usize> {
        let utf16 = bytes.starts_with(&[0xff, 0xfe]) || bytes.starts_with(&[0xfe, 0xff]);
        let (text, broken) = match String::from_utf8(bytes) {
            Ok(text) => {
                let zero = text.find('\0');
                (text, zero)
            }
            Err(error) => {
                let valid = error.utf8_error().valid_up_to();
                let mut bytes = error.into_bytes();
                bytes.truncate(valid);
                (String::from_utf8(bytes).unwrap_or_default(), Some(valid))
            }
        };
        let file = self.sources.add(path.display().to_string(), text);
        let Some(at) = broken else { return Some(file) };
        let help = if utf16 { "it looks like UTF-16; save it as UTF-8" } else { "save it as UTF-8 text" };
        self.findings.add(
            Finding::error("not-text", Span::new(file, at, at), "the file is not text from here on")
                .help(help),
        );
        None
    }

    fn unreadable(&mut self, path: &Path, error: &io::Error) {
        let help = match error.kind() {
            io::ErrorKind::NotFound => "check the path",
            io::ErrorKind::PermissionDenied => "check the permissions",
            _ => "check the file",
        };
        let mut reason = error.to_string();
        if let Some(end) = reason.find(" (os error") {
            reason.truncate(end);
        }
        self.problem(path, "unreadable", &format!("cannot be read: {reason}"), help);
    }

    fn problem(&mut self, path: &Path, code: &'static str, message: &str, help: &str) {
        let file = self.sources.add_unread(path.display().to_string());
        self.findings.add(Finding::error(code, Span::new(file, 0, 0), message).help(help));
    }
}
