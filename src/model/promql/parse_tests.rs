use promql_parser::parser::Expr;
use proptest::prelude::*;

use super::{parse, query};

/// What is refused with words of ours, so never reaches the parser.
#[test]
fn texts_that_nobody_means_are_refused_and_nothing_panics() {
    let deep = format!("{}x{}", "(".repeat(10_000), ")".repeat(10_000));
    let long = format!("x[{}m]", "9".repeat(15_000));
    for text in [
        "x[1e300]",
        "x[5m:1e300]",
        "x[1e300:5m]",
        "x[1e19]",
        "x[18446744073709551616]",
        "x[0xFFFFFFFFFFFFFFFF:]",
        "x[NaN]",
        "x[Inf]",
        "x offset 1e300",
        "x offset -1e300",
        "x offset inf",
        "x offset NaN",
        "x @ 1e300",
        "x @ -1e300",
        "x @ 1e12",
        "x @ NaN",
        "x[4294967296y]",
        "x[4294967295y]",
        "x @ 4294967295y",
        "4294967295y",
        "x{a=`\\`,b=`} + x[1e300] #`}",
        &deep,
        &long,
        "",
        "  ",
    ] {
        assert!(parse(text).is_err(), "{text:.60}");
    }
}

#[test]
fn what_yields_no_result_of_its_own_is_a_tree_and_no_query() {
    assert!(matches!(parse("x[5m]"), Ok(Expr::MatrixSelector(_))));
    assert!(matches!(parse("\"a\""), Ok(Expr::StringLiteral(_))));
    assert!(query("x[5m]").is_err() && query("\"a\"").is_err());
    assert!(query("holt_winters(x[5m], 0.5, 0.5)").is_ok(), "as Prometheus 2 has it");
}

/// Parts of queries whose numbers, lengths, quotes and brackets are what a parser may stumble over.
fn part() -> impl Strategy<Value = String> {
    let word = prop::sample::select(vec![
        "x",
        "x[",
        "[",
        "]",
        ":",
        " offset ",
        " @ ",
        "-",
        "+",
        "(",
        ")",
        "{",
        "}",
        ",",
        "rate(",
        "sum(",
        "start()",
        "end()",
        "inf",
        "NaN",
        "a=",
        "a=~",
        "'",
        "\"",
        "`",
        "\\",
        "#",
        "\n",
        " ",
        "é",
        "$",
        "or ",
        " and ",
        " bool ",
        " fill(",
        "by(a)",
        "on()",
        "group_left",
        "ms",
        "e",
        "x(",
        "0x",
        "[5m]",
        "[5m:",
        "{a=`\\`",
        "`}",
        "1",
        "0",
        ".",
    ]);
    let digits = prop::string::string_regex("[0-9]{1,25}").unwrap();
    let exponent = (any::<u32>(), -400..400i32).prop_map(|(number, exponent)| format!("{number}e{exponent}"));
    let hexadecimal = any::<u64>().prop_map(|number| format!("0x{number:X}"));
    let octal = any::<u64>().prop_map(|number| format!("0{number:o}"));
    let length = prop::collection::vec(
        (any::<u64>(), prop::sample::select(vec!["y", "w", "d", "h", "m", "s", "ms", "hs"])),
        1..4,
    );
    let length = length.prop_map(|parts| {
        parts.iter().map(|(number, unit)| (number >> (number % 64)).to_string() + unit).collect()
    });
    let float = any::<f64>().prop_map(|number| format!("{number:e}"));
    prop_oneof![4 => word.prop_map(str::to_owned), 1 => digits, 1 => exponent, 1 => hexadecimal, 1 => octal, 2 => length, 1 => float]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    #[test]
    fn no_text_makes_it_panic(parts in prop::collection::vec(part(), 1..12)) {
        let _ = parse(&parts.concat());
    }

    /// The same where numbers belong, so that most get as far as the parser.
    #[test]
    fn no_number_makes_it_panic(a in part(), b in part(), c in part(), d in part()) {
        for text in [
            format!("x[{a}]"),
            format!("sum_over_time(x[{a}:{b}] offset {c} @ {d})"),
            format!("x offset {a}"),
            format!("x offset -{a}"),
            format!("x @ {a}"),
            format!("x @ -{a}"),
            format!("{a} + fill({b}) {c}"),
            format!("x{{a={a},b={b}}}[{c}]"),
            format!("x{{a=\"{a}\",b=~`{b}`}} offset {c}"),
            format!("topk({a}, x) > bool {b} # {c}\n- x[{d}]"),
        ] {
            let _ = parse(&text);
        }
    }
}

#[test]
fn what_newer_servers_take_is_read_and_sent_as_it_stands() {
    for text in [
        "sum(increase(x[$window] anchored))",
        "rate(x[5m] smoothed) + rate(y[1h])",
        "rate(x[2m*2+1m])",
        "rate(x[(1m+1m)/2])",
        "x offset (1m+1m)",
        "x offset 0s + y offset -0 + rate(z[5m] offset 0s)",
        "histogram_count(sum(increase(h[$window])) </ 0.5) + histogram_count(sum(h) >/ 0.5)",
        "holt_winters(lag[5m], 0.5, 0.5)",
        "double_exponential_smoothing(lag[5m], 0.5, 0.5)",
        "info(x)",
        "info(rate(x[5m]), {k8s_cluster_name=~\".+\"})",
        "sum by (\"http.route\") (rate({\"http.requests\", \"http.status\"=~\"5..\"}[5m])) > 0",
    ] {
        let expression =
            crate::promql::Expression::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(expression.text(), text);
    }
    let range = |text: &str| match parse(text).unwrap() {
        Expr::MatrixSelector(matrix) => matrix.range.as_secs(),
        other => panic!("{other}"),
    };
    assert_eq!((range("x[2m*2+1m]"), range("x[(1m+1m)/4] anchored")), (300, 30));
    for (text, words) in [("x[step()]", "known only"), ("x[1m-2m]", "not a valid"), ("x[(1m]", "`)`")] {
        let error = parse(text).unwrap_err();
        assert!(error.message.contains(words), "{text}: {error}");
    }
}
