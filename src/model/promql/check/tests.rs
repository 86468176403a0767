use proptest::prelude::*;

use super::result;
use crate::promql::QueryError;

/// The first mistake in a query that has to have a result.
fn check(text: &str) -> Result<(), QueryError> {
    result(super::check(text)?.whole)
}

/// The mistake in `query` is found where `^` stands in `caret`, and its message has `words`.
fn wrong(query: &str, caret: &str, words: &str) {
    let error = check(query).unwrap_err();
    let want = caret.find('^').unwrap();
    assert_eq!(error.offset, Some(want), "{query}\n{caret}\n{}", error.message);
    assert!(error.message.contains(words), "{query}: {}", error.message);
}

#[test]
fn brackets_that_do_not_match() {
    wrong("sum(rate(x[5m])", "   ^", "never closed");
    wrong("sum(rate(x[5m]", "        ^", "never closed");
    wrong("sum(rate(x[5m])))", "                ^", "closes nothing");
    wrong("sum(rate(x{job=\"a\"[5m]))", "                  ^", "expected `,` or `}`");
    wrong("x{job=\"a\"", " ^", "never closed");
    wrong("rate(x[5m)", "         ^", "expected `]`");
    wrong("rate(x[5m", "      ^", "never closed");
    wrong("rate(x[", "      ^", "never closed");
    wrong("sum by (a (x)", "          ^", "expected `,` or `)`");
    wrong("x}", " ^", "closes nothing");
}

#[test]
fn strings_and_matchers() {
    wrong("x{job=\"a}", "      ^", "never closed");
    wrong("x{job='a\"}", "      ^", "never closed");
    wrong("x{job=shop}", "      ^", "job=\"shop\"");
    wrong("x{code=500}", "       ^", "code=\"500\"");
    wrong("x{job==\"a\"}", "     ^", "one `=`");
    wrong("x{job~\"a\"}", "     ^", "unexpected character");
    wrong("x{job:\"a\"}", "     ^", "=, !=, =~ or !~");
    wrong("x{job}", "     ^", "=, !=, =~ or !~");
    wrong("x{=\"a\"}", "  ^", "a label's name");
    wrong("x{a=\"1\" b=\"2\"}", "        ^", "expected `,` or `}`");
    wrong("x{a=\"\\d\"}", "     ^", "\\\\d");
    wrong("{}", "^", "every series");
    wrong("{a=\"\"}", "^", "every series");
    wrong("x{__name__=\"y\"}", "  ^", "twice");
    // For `promql-parser` the string goes on and the range is a range.
    wrong("x{a=`\\`,b=`} + x[1e300] #`}", "     ^", "cannot end with a backslash");
    wrong("x{job=“a”}", "      ^", "straight quotes");
}

#[test]
fn ranges_and_durations() {
    wrong("rate(x)", "     ^", "add a range");
    wrong("sum(rate(x))", "         ^", "add a range");
    wrong("rate(x[])", "       ^", "the range is missing");
    wrong("rate(x[5min])", "       ^", "neither a number nor a duration");
    wrong("rate(x[m5])", "       ^", "a range such as 5m");
    wrong("rate(x[$__rate_interval])", "       ^", "$window");
    wrong("rate(sum(x)[5m])", "           ^", "subquery");
    wrong("rate(x offset 5m[1h])", "                ^", "to the left");
    wrong("sum(x[5m])", "    ^", "without a range");
    wrong("x[5m]", "^", "not a result");
    wrong("x offset 1e300", "         ^", "not a valid duration");
    wrong("x offset NaN", "         ^", "not a valid duration");
    wrong("x[1e300]", "  ^", "not a valid duration");
    wrong("rate(x[5m1h5m])", "       ^", "not a valid duration");
    wrong("x offset 1h1h", "         ^", "not a valid duration");
    wrong("x[5m:1e300]", "     ^", "not a valid duration");
    wrong("x[0x7fffffffffffffff]", "  ^", "not a valid duration");
    wrong("x[0777777777777777777777]", "  ^", "not a valid duration");
    wrong("x[99999999999y5m]", "  ^", "not a valid duration");
    wrong("x offset 400y", "         ^", "not a valid duration");
    wrong("x > 99999999999d", "    ^", "not a valid duration");
    wrong("x @ 1e300", "    ^", "out of bounds");
    wrong("x @ -1e300", "     ^", "out of bounds");
    wrong("x @ Inf", "    ^", "out of bounds");
    wrong("x @ \"a\"", "    ^", "a unix time");
    wrong("sum(x) offset 5m", "       ^", "can follow only");
}

#[test]
fn functions_and_types() {
    wrong("sum(rte(x[5m]))", "    ^", "did you mean `rate`?");
    wrong("frobnicate(x)", "^", "not a PromQL function");
    wrong("Rate(x[5m])", "^", "did you mean `rate`?");
    wrong("histogram_quantile(x, y)", "                   ^", "a number");
    wrong("histogram_quantile(0.9)", "^", "takes 2 arguments but has 1");
    wrong("time(1)", "^", "takes no arguments but has 1");
    wrong("topk(x, 5)", "     ^", "a number");
    wrong("sum(1)", "    ^", "an instant vector");
    wrong("sum()", "^", "takes 1 argument but has 0");
    wrong("abs(x,)", "     ^", "no comma");
    wrong("1 > 2", "  ^", "> bool");
    wrong("x + bool y", "    ^", "comparisons only");
    wrong("x and 1", "      ^", "needs vectors");
    wrong("x / y[5m]", "    ^", "a range vector");
    wrong("x + \"a\"", "    ^", "a string");
    wrong("\"a\"", "^", "a string");
    wrong("x + on (a) 1", "    ^", "two vectors");
    wrong("x and on (a) group_left y", "             ^", "no group_left");
    wrong("-\"a\"", " ^", "a sign");
}

#[test]
fn stray_tokens_and_early_ends() {
    wrong("sum(x) /", "        ^", "ends too early");
    wrong("sum(x) / ", "        ^", "ends too early");
    wrong("sum(x) sum(y)", "       ^", "an operator or the end");
    wrong("x = 1", "  ^", "write `==`");
    wrong("x =~ 1", "  ^", "an operator or the end");
    wrong("x ! y", "  ^", "stands alone");
    wrong("/ x", "^", "a metric, a function");
    wrong("sum by x (y)", "       ^", "a list of labels");
    wrong("sum by (a)", "          ^", "ends too early");
    wrong("sum by (a:b) (x)", "        ^", "no colons");
    wrong("x && y", "  ^", "write `and`");
    wrong("x; y", " ^", "semicolon");
    wrong("x group_left y", "  ^", "an operator");
    wrong("x * group_left y", "    ^", "on (…)");
    wrong("a * on b", "       ^", "a list of labels");
    wrong(&format!("{}x{}", "(".repeat(70), ")".repeat(70)), &format!("{}^", " ".repeat(64)), "nested");
}

#[test]
fn nothing_makes_either_parser_panic_or_overflow() {
    for text in ["a+", "-", "(", "a[1h:", "sum(", "{a=\"b\"}+", "a^", "a offset ", "\"", "`", "é", "a{\\"] {
        let _ = super::super::SliQuery::parse(&text.repeat(20_000));
        let _ = super::super::SliQuery::parse(&text.repeat(900));
    }
    let long = vec!["a"; super::MOST_TOKENS / 2].join("+");
    assert!(super::super::SliQuery::parse(&long).is_ok());
}

/// Queries of every kind, all right.
const RIGHT: [&str; 24] = [
    "sum by (job, le) (rate(http_requests_total{code!~\"5..\",job=\"a\"}[5m] offset 1h)) / on (job) group_left (x) y",
    "histogram_quantile(0.99, sum without (instance) (rate(x_bucket[1h30m])))",
    "max_over_time(deriv(rate(x[1m])[5m:1m])[10m:])",
    "-a ^ -b * (c + 1.5e3) % 0x1F",
    "a == bool 1 or b unless on () c and ignoring (d) e",
    "{__name__=~\"job:.*\", a='b', c=`d`,}",
    "job:x:rate5m{} @ 1700000000.5 offset -5m",
    "count_values(\"version\", build_info) by (job)",
    "topk (5, x) > 1 < 2",
    "sum(x) by (a,)",
    "time() - max by (source) (ingest_last_success_timestamp_seconds{job=\"platform-api\"})",
    "label_replace(up, \"a\", \"$1\", \"b\", \"(.*)\")",
    "round(x, 0.1) + round(x)",
    "label_join(x, \"a\", \"-\", \"b\", \"c\", \"d\")",
    "quantile(0.9, x) atan2 y",
    "absent(x{a=\"\\\"\\\\n\"}) # a comment",
    "x @ start() + x[5m] @ end()",
    "Inf + NaN - +1",
    "SUM BY (a) (x) AND count",
    "min(x) without (bool, on, offset, sum)",
    "vector(1) >= bool vector(2)",
    "sum_over_time((x > bool 0.5)[$w:1m])",
    "x + fill (0) y",
    "sum{a=\"b\"} + by + offset + start + end(",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2000))]

    /// Whatever `promql-parser` takes, the checker takes as well, but for bare ranges and strings.
    #[test]
    fn the_checker_is_no_stricter_than_the_parser(
        text in prop::sample::select(RIGHT.to_vec()),
        other in prop::sample::select(RIGHT.to_vec()),
        cuts in prop::collection::vec((any::<prop::sample::Index>(), any::<prop::sample::Index>(), 0..8usize), 0..3),
    ) {
        let mut mutated = text.to_owned();
        for (from, to, length) in cuts {
            let characters: Vec<char> = mutated.chars().collect();
            let others: Vec<char> = other.chars().collect();
            let from = from.index(characters.len() + 1);
            let to = to.index(others.len());
            let middle = others.iter().skip(to).take(length);
            let tail = characters.iter().skip(from + length / 2);
            mutated = characters.iter().take(from).chain(middle).chain(tail).collect();
        }
        if let Err(error) = check(&mutated) {
            let offset = error.offset.unwrap();
            prop_assert!(mutated.is_char_boundary(offset) && offset <= mutated.len());
            let allowed = ["is not a result", "not a valid duration", "out of bounds"];
            if !allowed.iter().any(|words| error.message.contains(words)) {
                #[expect(clippy::disallowed_methods, reason = "it is what the checker is compared with")]
                let parsed = promql_parser::parser::parse(&mutated);
                prop_assert!(parsed.is_err(), "{mutated}\n{error:?}\n{parsed:?}");
            }
        }
    }

    #[test]
    fn any_text_is_survived(text in ".{0,60}") {
        let _ = super::super::SliQuery::parse(&text);
    }
}
