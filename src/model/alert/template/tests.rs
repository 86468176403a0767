use super::*;

fn expand(template: &str, value: f64) -> Result<String, TemplateError> {
    let labels: Labels =
        [("instance", "db-1.example.com:9100"), ("job", "node"), ("mount", "/var")].into_iter().collect();
    let external: Labels = [("region", "eu")].into_iter().collect();
    let data = Data { labels: &labels, external_labels: &external, external_url: "http://slo:9099/p", value };
    Template::new(template)?.expand(&data)
}

#[track_caller]
fn check(template: &str, value: f64, expected: &str) {
    assert_eq!(expand(template, value).as_deref(), Ok(expected), "{template}");
}

#[test]
fn labels_and_values() {
    check("{{ $labels.instance }} of {{$labels.job}}", 1.0, "db-1.example.com:9100 of node");
    check("{{ .Labels.mount }}{{ $labels.nothing }} {{ .Value }}", 1.5, "/var 1.5");
    check(
        "{{ $externalLabels.region }} {{ $externalURL }} {{ externalURL }} {{ pathPrefix }}",
        0.0,
        "eu http://slo:9099/p http://slo:9099/p /p",
    );
    check("no action } { {", 0.0, "no action } { {");
    check("{{ slice $labels.job 1 3 }}{{ slice $labels.job 2 }}", 0.0, "odde");
    check("{{ html \"<a href='x'>&\" }}", 0.0, "&lt;a href=&#39;x&#39;&gt;&amp;");
    check("{{ graphLink \"up == 0\" }}", 0.0, "/graph?g0.expr=up+%3D%3D+0&g0.tab=0");
    let wrong = expand("{{ slice $labels.job 3 9 }}", 0.0).unwrap_err();
    assert!(wrong.message.contains("has no bytes 3 to 9"), "{wrong}");
    check("{{ $.Value }}", 7.0, "7");
}

#[test]
fn values_are_written_as_go_writes_them() {
    for (value, text) in [
        (0.0, "0"),
        (1.0, "1"),
        (0.1, "0.1"),
        (1e6, "1e+06"),
        (123_456_789.0, "1.23456789e+08"),
        (1e20, "1e+20"),
        (0.00001, "1e-05"),
        (0.0001, "0.0001"),
        (f64::NAN, "NaN"),
        (f64::INFINITY, "+Inf"),
        (-1.5, "-1.5"),
    ] {
        check("{{ $value }}", value, text);
    }
}

#[test]
fn numbers_for_people() {
    for (function, value, text) in [
        ("humanize", 0.0, "0"),
        ("humanize", 1.0, "1"),
        ("humanize", 1_234_567.0, "1.235M"),
        ("humanize", 0.00042, "420u"),
        ("humanize", -2048.0, "-2.048k"),
        ("humanize", f64::NAN, "NaN"),
        ("humanize", 999.99, "1000"),
        ("humanize1024", 1024.0, "1ki"),
        ("humanize1024", 1_048_576.0, "1Mi"),
        ("humanize1024", 0.5, "0.5"),
        ("humanizeDuration", 0.0, "0s"),
        ("humanizeDuration", 59.5, "59.5s"),
        ("humanizeDuration", 60.0, "1m 0s"),
        ("humanizeDuration", 3661.0, "1h 1m 1s"),
        ("humanizeDuration", 86_400.0, "1d 0h 0m 0s"),
        ("humanizeDuration", 0.001, "1ms"),
        ("humanizeDuration", -90.0, "-1m 30s"),
        ("humanizePercentage", 0.1234, "12.34%"),
        ("humanizePercentage", 1.0, "100%"),
        ("humanizePercentage", 0.01, "1%"),
        ("humanizeTimestamp", 1_435_065_584.128, "2015-06-23 13:19:44.128 +0000 UTC"),
        ("humanizeTimestamp", 0.0, "1970-01-01 00:00:00 +0000 UTC"),
    ] {
        check(&format!("{{{{ $value | {function} }}}}"), value, text);
        check(&format!("{{{{ {function} $value }}}}"), value, text);
    }
    check("{{ \"12\" | humanize }}", 0.0, "12");
}

#[test]
fn printf_and_texts() {
    check("{{ printf \"%.2f of %s\" $value $labels.job }}", 1.239, "1.24 of node");
    check("{{ $value | printf \"%g %%\" }}", 12.5, "12.5 %");
    check(
        "{{ printf \"%5.1f|%-6s|%06.2f|%d|%q|%t\" $value \"ab\" $value 3 \"x\" true }}",
        2.25,
        "  2.2|ab    |002.25|3|\"x\"|true",
    );
    check("{{ printf \"%d\" $value }}", 2.0, "%!d(float64=2)");
    check("{{ printf \"%s\" }}{{ printf \"a\" 1 }}", 0.0, "%!s(MISSING)a%!(EXTRA int=1)");
    check(
        "{{ $labels.job | toUpper }} {{ \"ABC\" | toLower }} {{ title \"api down now\" }}",
        0.0,
        "NODE abc Api Down Now",
    );
    check("{{ reReplaceAll \"(.*):.*\" \"host $1\" $labels.instance }}", 0.0, "host db-1.example.com");
    check("{{ if match \"^db-\" $labels.instance }}yes{{ end }}", 0.0, "yes");
    check(
        "{{ $labels.instance | stripPort }} {{ stripDomain $labels.instance }}",
        0.0,
        "db-1.example.com db-1:9100",
    );
    check(
        "{{ print 1 2 \"a\" $value }} {{ len $labels.job }} {{ index $labels \"job\" }}",
        3.0,
        "1 2a3 4 node",
    );
    check("{{ \"1h30m\" | parseDuration }}", 0.0, "5400");
    check("{{ `raw \\n` }}{{ \"\\t\\\"q\\\"\" }}", 0.0, "raw \\n\t\"q\"");
}

#[test]
fn blocks() {
    let size = "{{ if gt $value 90.0 }}full{{ else if ge $value 50.0 }}half{{ else }}fine{{ end }}";
    check(size, 91.0, "full");
    check(size, 50.0, "half");
    check(size, 1.0, "fine");
    check(
        "{{ with $labels.job }}[{{ . }}]{{ end }}{{ with $labels.nope }}x{{ else }}none{{ end }}",
        0.0,
        "[node]none",
    );
    check(
        "{{ range $k, $v := $labels }}{{ $k }}={{ $v }};{{ end }}",
        0.0,
        "instance=db-1.example.com:9100;job=node;mount=/var;",
    );
    check("{{ range .Labels }}{{ . }} {{ end }}", 0.0, "db-1.example.com:9100 node /var ");
    check("{{ $x := 1 }}{{ if true }}{{ $x = 2 }}{{ $x := 3 }}{{ end }}{{ $x }}", 0.0, "2");
    check("a  {{- \" b \" -}}  c {{- /* gone */ -}} d", 0.0, "a b cd");
    check(
        "{{ if and (eq $labels.job \"node\" \"x\") (not (eq $labels.mount \"/\")) }}ok{{ end }}",
        0.0,
        "ok",
    );
    check("{{ if or false $labels.nope }}a{{ else }}b{{ end }}", 0.0, "b");
}

#[test]
fn what_cannot_be_read_says_why_and_where() {
    for (template, at, part) in [
        ("a {{ $labels.x", 2, "not closed with `}}`"),
        ("{{ humanise $value }}", 3, "did you mean `humanize`?"),
        ("{{ query \"up\" | first }}", 3, "templates ask no further questions"),
        ("{{ if $value }}x", 0, "`if` is not closed"),
        ("x{{ end }}", 1, "ends nothing"),
        ("{{ else }}", 0, "belongs to nothing"),
        ("{{ $nope }}", 3, "no variable `$nope`"),
        ("{{ humanize }}", 3, "takes 1 arguments, and has 0"),
        ("{{ $value | $labels.x }}", 12, "only a function"),
        ("{{ \"a }}", 3, "not closed"),
        ("{{ template \"x\" }}", 0, "not supported"),
        ("{{ }}", 0, "a value is missing"),
        ("{{ (1 }}", 3, "`(` is not closed"),
        ("{{ 1 2 }}", 5, "takes no arguments"),
        ("{{ # }}", 3, "means nothing"),
        ("{{ /* x }}", 0, "comment is not closed"),
        ("{{ if 1 }}{{ else }}{{ else }}{{ end }}", 20, "a second"),
    ] {
        let error = Template::new(template).unwrap_err();
        assert!(error.message.contains(part), "{template}: {error}");
        assert_eq!(error.at, at, "{template}: {error}");
    }
}

#[test]
fn what_cannot_be_expanded_says_why() {
    let fails = |template: &str, part: &str| {
        let error = expand(template, 1.0).unwrap_err();
        assert!(error.message.contains(part), "{template}: {error}");
    };
    fails("{{ if gt $value 90 }}x{{ end }}", "write the number with a point, 90.0");
    fails("{{ $labels | humanize }}", "is not a number");
    fails("{{ \"abc\" | humanize }}", "is not a number");
    fails("{{ .Nope }}", "no field `Nope`");
    fails("{{ match \"(\" \"x\" }}", "not a valid regular expression");
    fails("{{ range $value }}{{ end }}", "cannot go over");
    fails("{{ humanizeTimestamp 1e300 }}", "not a valid time");
}

#[test]
fn everything_is_bounded() {
    let deep = "{{ if true }}".repeat(40) + &"{{ end }}".repeat(40);
    assert!(Template::new(&deep).unwrap_err().message.contains("nested"));
    let parentheses = format!("{{{{ {}1{} }}}}", "(".repeat(100), ")".repeat(100));
    assert!(Template::new(&parentheses).unwrap_err().message.contains("nested"));
    assert!(Template::new(&"x".repeat(LONGEST + 1)).is_err());
    let mut nested = "{{ printf \"%200s\" \"x\" }}".to_owned();
    for _ in 0..8 {
        nested = format!("{{{{ range $labels }}}}{nested}{{{{ end }}}}");
    }
    // The inner dot is a text, and the variable is the labels still: 3^8 times 200 bytes.
    assert!(expand(&nested, 1.0).unwrap_err().message.contains("longer than"));
    // A pattern that would take long takes little memory, or none.
    assert!(expand("{{ match \"((a{100}){100}){100}\" \"a\" }}", 1.0).is_err());
}

#[test]
fn a_broken_annotation_is_told_in_its_place() {
    let labels = Labels::new();
    let data = Data { labels: &labels, external_labels: &labels, external_url: "", value: 1.0 };
    let template = Template::new("{{ .Nope }}").unwrap();
    assert_eq!(template.expand_or_say(&data), "<error expanding template: a struct has no field `Nope`>");
}

proptest::proptest! {
    /// Nothing that can be written makes it panic or run away.
    #[test]
    fn any_text_is_read_or_refused(text in "[a-z{}$.|()\"`:=, 0-9%/*-]{0,60}", inner in "[a-z$.|() \"0-9]{0,30}") {
        drop(expand(&text, 1.0));
        drop(expand(&format!("{{{{ {inner} }}}}"), 1.0));
    }
}
