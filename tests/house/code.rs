//! Rust source with everything taken out that is no code, so that a rule finds code and not a word in a comment.
//! What is taken out becomes spaces: lines and columns stay.

/// `source` without comments and without the insides of strings and characters.
pub fn code(source: &str) -> String {
    let chars: Vec<char> = source.chars().collect();
    let mut out = String::with_capacity(source.len());
    let mut at = 0;
    while at < chars.len() {
        let end = literal_end(&chars, at);
        if end == at {
            out.push(chars[at]);
            at += 1;
        } else {
            out.extend(chars[at..end].iter().map(|c| if *c == '\n' { '\n' } else { ' ' }));
            at = end;
        }
    }
    out
}

/// Where the comment, string or character that starts at `at` ends; `at` itself when none does.
fn literal_end(chars: &[char], at: usize) -> usize {
    let next = chars.get(at + 1).copied();
    match chars[at] {
        '/' if next == Some('/') => find(chars, at, |rest| rest[0] == '\n'),
        '/' if next == Some('*') => block_comment_end(chars, at),
        '"' => string_end(chars, at),
        'r' if !is_word(chars, at.wrapping_sub(1)) => raw_string_end(chars, at),
        // A lifetime has no closing quote behind its first letter.
        '\'' if next == Some('\\') => find(chars, at + 3, |rest| rest[0] == '\'') + 1,
        '\'' if chars.get(at + 2) == Some(&'\'') => at + 3,
        _ => at,
    }
}

fn find(chars: &[char], from: usize, found: impl Fn(&[char]) -> bool) -> usize {
    (from..chars.len()).find(|at| found(&chars[*at..])).unwrap_or(chars.len())
}

fn block_comment_end(chars: &[char], at: usize) -> usize {
    let (mut depth, mut at) = (0, at);
    while at < chars.len() {
        match (chars[at], chars.get(at + 1)) {
            ('/', Some('*')) => (depth, at) = (depth + 1, at + 2),
            ('*', Some('/')) => (depth, at) = (depth - 1, at + 2),
            _ => at += 1,
        }
        if depth == 0 {
            return at;
        }
    }
    at
}

fn string_end(chars: &[char], at: usize) -> usize {
    let mut at = at + 1;
    while at < chars.len() && chars[at] != '"' {
        at += if chars[at] == '\\' { 2 } else { 1 };
    }
    (at + 1).min(chars.len())
}

/// `r"…"`, `r#"…"#`, …; `at` itself for a word that merely begins with `r`.
fn raw_string_end(chars: &[char], at: usize) -> usize {
    let hashes = chars[at + 1..].iter().take_while(|c| **c == '#').count();
    if chars.get(at + 1 + hashes) != Some(&'"') {
        return at;
    }
    let closes = |rest: &[char]| {
        rest[0] == '"' && rest[1..].iter().take(hashes).filter(|c| **c == '#').count() == hashes
    };
    (find(chars, at + 2 + hashes, closes) + 1 + hashes).min(chars.len())
}

fn is_word(chars: &[char], at: usize) -> bool {
    chars.get(at).is_some_and(|c| c.is_alphanumeric() || *c == '_')
}

/// [`code`] without the modules marked `#[cfg(test)]`.
pub fn without_tests(code: &str) -> String {
    const MARK: &str = "#[cfg(test)]";
    let mut out = code.to_owned();
    let mut from = 0;
    while let Some(mark) = out[from..].find(MARK).map(|at| from + at) {
        let rest = &out[mark..];
        let end = match (rest.find('{'), rest.find(';')) {
            // `#[cfg(test)] mod tests;` or a `use`: nothing of ours follows but that line.
            (Some(open), Some(semicolon)) if semicolon < open => mark + semicolon + 1,
            (None, Some(semicolon)) => mark + semicolon + 1,
            (Some(open), _) => mark + open + block_length(&rest[open..]),
            (None, None) => out.len(),
        };
        let blank: String = out[mark..end].chars().map(|c| if c == '\n' { '\n' } else { ' ' }).collect();
        from = mark + blank.len();
        out.replace_range(mark..end, &blank);
    }
    out
}

/// Bytes from an opening brace to behind the one that closes it.
fn block_length(text: &str) -> usize {
    let mut depth = 0;
    for (at, c) in text.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return at + 1;
        }
    }
    text.len()
}

/// The line of byte `at`, counted from 1.
pub fn line(text: &str, at: usize) -> usize {
    text[..at].matches('\n').count() + 1
}

#[test]
fn only_code_is_left() {
    let check = |source: &str, left: &str| {
        let code = code(source);
        assert_eq!(code.split_whitespace().collect::<Vec<_>>().join(" "), left, "{source}");
        assert_eq!(code.chars().count(), source.chars().count(), "{source}");
    };
    check("a // b\nc", "a c");
    check("a /* b /* c */ d */ e", "a e");
    check(r#"f("b \" // c") + d"#, "f( ) + d");
    check("f(r#\"b \" c\"#) + d", "f( ) + d");
    check(r"f('\'', '\u{41}', '/', b'x') + d", "f( , , , b ) + d");
    check("fn f<'a>(x: &'a str) {} // 'b'", "fn f<'a>(x: &'a str) {}");
    check("error /// crate::x\nr", "error r");
}

#[test]
fn tests_are_taken_out_and_what_follows_stays() {
    let source = "a\n#[cfg(test)]\nmod tests {\n fn f() { g() }\n}\nb\n#[cfg(test)]\nmod more;\nc";
    let left = without_tests(source);
    assert_eq!(left.split_whitespace().collect::<Vec<_>>(), ["a", "b", "c"]);
    assert_eq!(left.lines().count(), source.lines().count());
}
