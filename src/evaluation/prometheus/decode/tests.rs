use super::*;
use slo_core::time::short::{at_ms, range};

fn matrix(values: &str) -> String {
    format!(
        r#"{{"status":"success","data":{{"resultType":"matrix","result":[{{"metric":{{"__name__":"m","a":"1"}},"values":{values}}}]}}}}"#
    )
}

fn samples(body: &str, keep: &Keep) -> Vec<(i64, f64)> {
    let series = query(body.as_bytes(), keep).unwrap().data.unwrap().series;
    series.into_iter().flat_map(|series| series.samples).map(|s| (s.at.ms(), s.value)).collect()
}

#[test]
fn values_are_read_in_every_notation() {
    let body = matrix(
        r#"[[1788220800,"151"],[1788220800.5,"1e-05"],[1788220801.123,"+Inf"],[1788220802.999,"-Inf"],[1788220803.001,"-1.7976931348623157e+308"],[1788220804,2.5],[-1.5,"0"]]"#,
    );
    let want = [
        (-1500, 0.0),
        (1_788_220_800_000, 151.0),
        (1_788_220_800_500, 1e-5),
        (1_788_220_801_123, f64::INFINITY),
        (1_788_220_802_999, f64::NEG_INFINITY),
        (1_788_220_803_001, f64::MIN),
        (1_788_220_804_000, 2.5),
    ];
    assert_eq!(samples(&body, &Keep::ALL), want);
    let nan = samples(&matrix(r#"[[1,"NaN"]]"#), &Keep::ALL);
    assert!(nan[0].1.is_nan());
}

#[test]
fn every_millisecond_of_a_second_is_exact() {
    for ms in 0..1000 {
        let body = matrix(&format!("[[1788220800.{ms:03},\"1\"]]"));
        assert_eq!(samples(&body, &Keep::ALL), [(1_788_220_800_000 + ms, 1.0)]);
    }
}

#[test]
fn the_span_is_left_open_whatever_the_server_sends() {
    let body = matrix(r#"[[10,"1"],[10.001,"2"],[20,"3"],[20.001,"4"]]"#);
    let keep = Keep { range: Some(range(10, 20)), max_series: 1, cut_at: None };
    assert_eq!(samples(&body, &keep), [(10_001, 2.0), (20_000, 3.0)]);
    let keep = Keep { range: Some(range(30, 40)), max_series: 0, cut_at: None };
    assert!(query(body.as_bytes(), &keep).unwrap().data.unwrap().series.is_empty());
}

#[test]
fn disorder_is_put_right_and_the_first_of_equal_times_stays() {
    let body = matrix(r#"[[30,"3"],[10,"1"],[20,"2"],[10,"9"],[20,"8"]]"#);
    assert_eq!(samples(&body, &Keep::ALL), [(10_000, 1.0), (20_000, 2.0), (30_000, 3.0)]);
}

#[test]
fn unknown_fields_native_histograms_and_any_order_of_keys_are_read() {
    let body = r#"{"infos":["i"],"stats":{"x":[1,{"y":null}]},"data":{"result":[
        {"values":[[1,"2"]],"extra":[],"metric":{"a":"1","empty":""}},
        {"metric":{"b":"1"},"histograms":[[1,{"count":"3","sum":"1","buckets":[[0,"1","2","3"]]}]]}
        ],"resultType":"matrix","later":1},"warnings":["w"],"status":"success"}"#;
    let answer = query(body.as_bytes(), &Keep::ALL).unwrap();
    assert_eq!(answer.warnings, ["w", "i"]);
    let data = answer.data.unwrap();
    assert_eq!(data.result_type, "matrix");
    assert_eq!(data.series.len(), 1);
    assert_eq!(data.series[0].labels, [("a", "1")].into_iter().collect());
}

/// As Prometheus 2.42 wrote the first (exponential) and 3.x writes the second (custom buckets).
#[test]
fn native_histograms_are_cut_where_they_are_wanted() {
    let body = r#"{"status":"success","data":{"resultType":"matrix","result":[
        {"metric":{"__name__":"x"},"histograms":[
            [15,{"count":"472","sum":"0","buckets":[[0,"0.0963881765879963","0.1051120519067143","295"],[0,"0.29730177875068026","0.3242098886627524","118"],[0,"0.8408964152537144","0.9170040432046711","59"]]}],
            [0.5,{"sum":"0","count":"0"}]]},
        {"metric":{"__name__":"y"},"values":[[15,"1"]],"histograms":[[15,{"buckets":[[3,"-Inf","0.1","5"],[0,"0.1","0.5","3"],[0,"1","+Inf","2"]],"count":"10","sum":"4"}]]},
        {"metric":{"__name__":"z"},"values":[[15,"1"]]}]}}"#;
    let keep = |cut_at: &[f64]| Keep { cut_at: Some(cut_at.into()), ..Keep::ALL };
    let data = query(body.as_bytes(), &keep(&[0.5, 0.3])).unwrap().data.unwrap();
    assert!(data.series.is_empty());
    let read: Vec<_> = data
        .histograms
        .iter()
        .flat_map(|series| &series.samples)
        .map(|sample| {
            let cuts = sample.cuts.iter().map(|cut| (cut.below, cut.inside)).collect::<Vec<_>>();
            (sample.at.ms(), sample.count, cuts)
        })
        .collect();
    let want = [
        (500, 0.0, vec![(0.0, 0.0), (0.0, 0.0)]),
        (15_000, 472.0, vec![(413.0, 0.0), (295.0, 118.0)]),
        (15_000, 10.0, vec![(8.0, 0.0), (5.0, 3.0)]),
    ];
    assert_eq!(read, want);
    let narrow = Keep { range: Some(range(1, 20)), max_series: 1, ..keep(&[]) };
    assert!(matches!(query(body.as_bytes(), &narrow), Err(DecodeError::TooManySeries)));
    let wrong = r#"{"status":"success","data":{"resultType":"matrix","result":[{"metric":{},"histograms":[[1,{"sum":"0"}]]}]}}"#;
    assert!(matches!(query(wrong.as_bytes(), &keep(&[])), Err(DecodeError::Json(_))));
}

#[test]
fn vectors_scalars_strings_and_nothing() {
    let read = |data: &str| {
        let body = format!(r#"{{"status":"success","data":{data}}}"#);
        query(body.as_bytes(), &Keep::ALL).unwrap().data.unwrap()
    };
    let vector = read(r#"{"resultType":"vector","result":[{"metric":{},"value":[1.5,"4"]}]}"#);
    assert_eq!(vector.series[0].samples, [Sample { at: at_ms(1500), value: 4.0 }]);
    let scalar = read(r#"{"resultType":"scalar","result":[1.5,"4"]}"#);
    assert_eq!(scalar.scalar, Some(Sample { at: at_ms(1500), value: 4.0 }));
    assert_eq!(read(r#"{"resultType":"string","result":[1.5,"four"]}"#).scalar, None);
    assert!(read(r#"{"resultType":"vector","result":null}"#).series.is_empty());
    assert!(read("null").series.is_empty());
}

#[test]
fn reading_stops_at_the_limit_of_series_even_when_the_rest_is_missing() {
    let one = r#"{"metric":{},"values":[[1,"2"]]}"#;
    let body = format!(r#"{{"status":"success","data":{{"resultType":"matrix","result":[{one},{one},{one},"#);
    let keep = |max_series| Keep { range: None, max_series, cut_at: None };
    assert!(matches!(query(body.as_bytes(), &keep(2)), Err(DecodeError::TooManySeries)));
    assert!(matches!(query(body.as_bytes(), &keep(3)), Err(DecodeError::Json(error)) if error.is_eof()));
}

#[test]
fn what_is_not_the_api_is_an_error() {
    for body in [
        "",
        "<html>",
        "[]",
        "{}",
        r#"{"status":"success"} x"#,
        r#"{"status":1}"#,
        r#"{"status":"success","data":7}"#,
        r#"{"status":"success","data":{"resultType":"matrix","result":{}}}"#,
    ] {
        assert!(matches!(query(body.as_bytes(), &Keep::ALL), Err(DecodeError::Json(_))), "{body}");
    }
    for pair in ["[]", "[1]", r#"["1","2"]"#, r#"[1,"x"]"#, r#"[1,"2",3]"#, "[1,null]", "7"] {
        let body = matrix(&format!("[{pair}]"));
        assert!(matches!(query(body.as_bytes(), &Keep::ALL), Err(DecodeError::Json(_))), "{pair}");
    }
}
