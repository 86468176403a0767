//! What every ledger promises, promise by promise.

use super::*;

macro_rules! on_every_store {
    ($($promise:ident),* $(,)?) => {
        mod file {
            $(#[tokio::test] async fn $promise() { super::$promise(super::Home::file()).await; })*
        }
        mod memory {
            $(#[tokio::test] async fn $promise() { super::$promise(super::Home::memory()).await; })*
        }
        mod postgres {
            $(#[tokio::test] async fn $promise() { super::$promise(super::Home::postgres().await).await; })*
        }
    };
}

on_every_store![
    histories_keep_their_order_and_their_name,
    looking_for_histories_makes_none,
    a_new_indicator_is_a_new_history,
    what_is_written_is_read,
    groups_come_in_the_order_of_their_labels_whatever_is_in_them,
    coverage_without_events_is_kept,
    the_same_tick_again_changes_nothing,
    a_bucket_that_is_not_settled_may_change,
    a_final_hour_may_be_filled_later,
    progress_never_goes_back,
    once_estimated_always_estimated,
    an_hour_ends_for_groups_that_the_tick_does_not_name,
    coarse_reads_tell_hours_inside_and_steps_at_the_edges,
    ranges_are_left_open,
    a_month_at_once_is_packed_at_once,
    pruned_hours_keep_their_sums,
    sums_are_what_reads_add_up_to,
    an_hour_without_buckets_takes_no_more,
    groups_of_which_nothing_is_left_go,
    what_is_counted_anew_takes_the_place_of_what_was_final,
    a_pruned_hour_is_corrected_as_a_whole_or_not_at_all,
    a_correction_is_told_with_the_next_tick,
    nonsense_is_refused_and_nothing_of_it_written,
    nothing_is_a_fine_thing_to_write_and_to_read,
    many_writers_at_once_lose_nothing,
];

async fn histories_keep_their_order_and_their_name(home: Home) {
    let ledger = home.open().await;
    let (a, b) = (definition("a", "x"), definition("b", "x"));
    let first = ledger.register(&[b.clone(), a.clone(), b.clone()]).await.unwrap();
    assert_eq!(first[0], first[2]);
    assert_ne!(first[0].id, first[1].id);
    assert_eq!((first[0].counted_from, first[0].settled_to, first[0].estimated), (None, None, false));
    let again = ledger.register(&[a, b]).await.unwrap();
    assert_eq!(again, [first[1], first[0]]);
    assert_eq!(ledger.register(&[]).await.unwrap(), []);
}

async fn looking_for_histories_makes_none(home: Home) {
    let ledger = home.open().await;
    let (a, b) = (definition("a", "x"), definition("b", "x"));
    assert_eq!(ledger.histories(&[]).await.unwrap(), []);
    assert_eq!(ledger.histories(&[a.clone(), b.clone()]).await.unwrap(), [None, None]);
    let id = register(&*ledger, "b", "x").await.id;
    ledger.append(&[entry(id, at(1), vec![buckets_of("", vec![bucket(0, 1.0, 2.0)])])]).await.unwrap();
    let known = register(&*ledger, "b", "x").await;
    assert_eq!(known.settled_to, Some(at(1)));
    let found = ledger.histories(&[b.clone(), a.clone(), definition("b", "y"), b]).await.unwrap();
    assert_eq!(found, [Some(known), None, None, Some(known)]);
    assert_eq!(ledger.histories(&[a]).await.unwrap(), [None]);
}

async fn a_new_indicator_is_a_new_history(home: Home) {
    let ledger = home.open().await;
    let old = one_history(&*ledger).await;
    ledger.append(&[entry(old, at(1), vec![buckets_of("", vec![bucket(0, 1.0, 2.0)])])]).await.unwrap();
    let new = register(&*ledger, "api", "v2").await;
    assert_ne!(new.id, old);
    assert_eq!(new.settled_to, None);
    assert_eq!(fine(&*ledger, new.id).await, []);
    assert_eq!(fine(&*ledger, old).await.len(), 1);
}

async fn what_is_written_is_read(home: Home) {
    let ledger = home.open().await;
    let id = one_history(&*ledger).await;
    // Numbers that no decimal notation of 15 digits brings back, in open and in final hours.
    let written: Vec<Bucket> =
        (0..30).map(|slot| bucket(slot, 0.1 + slot as f64 / 3.0, 1e6 + slot as f64 / 7.0)).collect();
    ledger.append(&[entry(id, at(29), vec![buckets_of("/", written.clone())])]).await.unwrap();
    assert_eq!(fine(&*ledger, id).await, [buckets_of("/", written)]);
    let history = register(&*ledger, "api", "v1").await;
    assert_eq!((history.counted_from, history.settled_to), (Some(START), Some(at(29))));
}

async fn groups_come_in_the_order_of_their_labels_whatever_is_in_them(home: Home) {
    let ledger = home.open().await;
    let id = one_history(&*ledger).await;
    let names = ["", "/b", "/a", "quote\" and \\ and 'one'", "zeile\nzwei", "nul\0", "ünï 🦀", "]}], --"];
    let groups = names.iter().map(|name| buckets_of(name, vec![bucket(0, 1.0, 1.0)])).collect();
    ledger.append(&[entry(id, at(1), groups)]).await.unwrap();
    let mut expected: Vec<Labels> = names.iter().map(|name| group(name)).collect();
    expected.sort();
    let read: Vec<Labels> = fine(&*ledger, id).await.into_iter().map(|one| one.group).collect();
    assert_eq!(read, expected);
}

async fn coverage_without_events_is_kept(home: Home) {
    let ledger = home.open().await;
    let id = one_history(&*ledger).await;
    let quiet: Vec<Bucket> = (0..14).map(|slot| bucket(slot, 0.0, 0.0)).collect();
    let unknown = Bucket { covered: 0.0, ..bucket(14, 0.0, 0.0) };
    let written = [quiet.clone(), vec![unknown]].concat();
    ledger.append(&[entry(id, at(15), vec![buckets_of("", written)])]).await.unwrap();
    assert_eq!(fine(&*ledger, id).await, [buckets_of("", quiet.clone())]);
    let expected = [vec![hour(0, 0.0, 0.0, 3600.0)], quiet[12..].to_vec()].concat();
    assert_eq!(coarse(&*ledger, id).await, [buckets_of("", expected)]);
}

async fn the_same_tick_again_changes_nothing(home: Home) {
    let ledger = home.open().await;
    let id = one_history(&*ledger).await;
    let slots = |range: std::ops::Range<i64>| range.map(|slot| bucket(slot, 9.0, 10.0)).collect::<Vec<_>>();
    let ticks = [
        entry(id, at(7), vec![buckets_of("a", slots(0..8))]),
        entry(id, at(13), vec![buckets_of("a", slots(7..14)), buckets_of("b", slots(12..14))]),
    ];
    for tick in ticks.iter().chain(&ticks).chain([&ticks[1], &ticks[1]]) {
        ledger.append(std::slice::from_ref(tick)).await.unwrap();
    }
    // All at once, and the same history twice in one write, is no different.
    ledger.append(&ticks).await.unwrap();
    let expected = [buckets_of("a", slots(0..14)), buckets_of("b", slots(12..14))];
    assert_eq!(fine(&*ledger, id).await, expected);
    assert_eq!(register(&*ledger, "api", "v1").await.settled_to, Some(at(13)));
}

async fn a_bucket_that_is_not_settled_may_change(home: Home) {
    let ledger = home.open().await;
    let id = one_history(&*ledger).await;
    let write = async |good, total| {
        let groups = vec![buckets_of("", vec![bucket(3, good, total)])];
        ledger.append(&[entry(id, at(3), groups)]).await.unwrap();
    };
    write(1.0, 2.0).await;
    write(5.0, 6.0).await;
    assert_eq!(fine(&*ledger, id).await, [buckets_of("", vec![bucket(3, 5.0, 6.0)])]);
    // It turns out that nothing happened, and that there was no data.
    let nothing = Bucket { covered: 0.0, ..bucket(3, 0.0, 0.0) };
    ledger.append(&[entry(id, at(3), vec![buckets_of("", vec![nothing])])]).await.unwrap();
    assert_eq!(fine(&*ledger, id).await, []);
}

async fn a_final_hour_may_be_filled_later(home: Home) {
    let ledger = home.open().await;
    let id = one_history(&*ledger).await;
    ledger.append(&[entry(id, at(24), vec![buckets_of("", vec![bucket(3, 3.0, 4.0)])])]).await.unwrap();
    let late = vec![bucket(2, 1.0, 1.0), bucket(3, 4.0, 4.0), bucket(13, 7.0, 8.0)];
    ledger.append(&[entry(id, at(14), vec![buckets_of("", late.clone())])]).await.unwrap();
    assert_eq!(fine(&*ledger, id).await, [buckets_of("", late)]);
    let hours = vec![hour(0, 5.0, 5.0, 600.0), hour(1, 7.0, 8.0, 300.0)];
    assert_eq!(coarse(&*ledger, id).await, [buckets_of("", hours)]);
}

async fn progress_never_goes_back(home: Home) {
    let ledger = home.open().await;
    let id = one_history(&*ledger).await;
    let tick = |counted_from, settled_to| Entry { counted_from, ..entry(id, settled_to, vec![]) };
    let reach = async || {
        let history = register(&*ledger, "api", "v1").await;
        (history.counted_from, history.settled_to)
    };
    ledger.append(&[tick(at(2), at(5))]).await.unwrap();
    assert_eq!(reach().await, (Some(at(2)), Some(at(5))));
    ledger.append(&[tick(at(3), at(4))]).await.unwrap();
    assert_eq!(reach().await, (Some(at(2)), Some(at(5))));
    // The past is filled backwards: counting begins where the earliest of it began.
    ledger.append(&[tick(at(0), at(2))]).await.unwrap();
    assert_eq!(reach().await, (Some(at(0)), Some(at(5))));
}

async fn once_estimated_always_estimated(home: Home) {
    let ledger = home.open().await;
    let id = one_history(&*ledger).await;
    ledger.append(&[Entry { estimated: true, ..entry(id, at(1), vec![]) }]).await.unwrap();
    ledger.append(&[entry(id, at(2), vec![])]).await.unwrap();
    assert!(register(&*ledger, "api", "v1").await.estimated);
}

async fn an_hour_ends_for_groups_that_the_tick_does_not_name(home: Home) {
    let ledger = home.open().await;
    let id = one_history(&*ledger).await;
    let quiet = buckets_of("quiet", vec![bucket(1, 1.0, 2.0)]);
    ledger.append(&[entry(id, at(2), vec![quiet])]).await.unwrap();
    ledger.append(&[entry(id, at(12), vec![buckets_of("busy", vec![bucket(11, 3.0, 3.0)])])]).await.unwrap();
    // Final hours are told as hours.
    let expected = [
        buckets_of("busy", vec![hour(0, 3.0, 3.0, 300.0)]),
        buckets_of("quiet", vec![hour(0, 1.0, 2.0, 300.0)]),
    ];
    assert_eq!(coarse(&*ledger, id).await, expected);
}

async fn coarse_reads_tell_hours_inside_and_steps_at_the_edges(home: Home) {
    let ledger = home.open().await;
    let id = one_history(&*ledger).await;
    // Three final hours and a part of a fourth.
    let all: Vec<Bucket> = (0..40).map(|slot| bucket(slot, slot as f64, 100.0)).collect();
    ledger.append(&[entry(id, at(40), vec![buckets_of("", all.clone())])]).await.unwrap();
    let sum = |slots: std::ops::Range<i64>| slots.map(|slot| slot as f64).sum::<f64>();
    let second = hour(1, sum(12..24), 1200.0, 3600.0);
    let third = hour(2, sum(24..36), 1200.0, 3600.0);
    let read = async |after, until| {
        ledger
            .read(id, TimeRange::new(at(after), at(until)), Resolution::Coarse)
            .await
            .unwrap()
            .remove(0)
            .buckets
    };
    assert_eq!(read(10, 38).await, [&all[10..12], &[second, third], &all[36..38]].concat());
    assert_eq!(read(12, 36).await, [second, third]);
    assert_eq!(read(13, 35).await, all[13..35]);
    assert_eq!(read(12, 23).await, all[12..23]);
    assert_eq!(read(14, 17).await, all[14..17]);
    assert_eq!(read(24, 60).await, [&[third], &all[36..]].concat());
}

async fn ranges_are_left_open(home: Home) {
    let ledger = home.open().await;
    let id = one_history(&*ledger).await;
    let all: Vec<Bucket> = (0..24).map(|slot| bucket(slot, 1.0, 1.0)).collect();
    ledger.append(&[entry(id, at(12), vec![buckets_of("", all.clone())])]).await.unwrap();
    for (after, until) in [(0, 24), (3, 4), (11, 12), (12, 13), (11, 13), (0, 12), (12, 24), (5, 5), (7, 3)] {
        let read = ledger.read(id, TimeRange::new(at(after), at(until)), Resolution::Fine).await.unwrap();
        let buckets = read.first().map_or(&[][..], |group| &group.buckets);
        let expected = if after < until { &all[after as usize..until as usize] } else { &[] };
        assert_eq!(buckets, expected, "slots {after} to {until}");
    }
}

async fn a_month_at_once_is_packed_at_once(home: Home) {
    let ledger = home.open().await;
    let id = one_history(&*ledger).await;
    let slots = 30 * 24 * 12;
    let all: Vec<Bucket> = (0..slots).map(|slot| bucket(slot, 99.0, 100.0)).collect();
    ledger.append(&[entry(id, at(slots), vec![buckets_of("", all.clone())])]).await.unwrap();
    assert_eq!(fine(&*ledger, id).await, [buckets_of("", all)]);
    let hours = (0..720).map(|number| hour(number, 1188.0, 1200.0, 3600.0)).collect();
    assert_eq!(coarse(&*ledger, id).await, [buckets_of("", hours)]);
}

async fn pruned_hours_keep_their_sums(home: Home) {
    let ledger = home.open().await;
    let id = one_history(&*ledger).await;
    let all: Vec<Bucket> = (0..50).map(|slot| bucket(slot, 1.0, 2.0)).collect();
    ledger.append(&[entry(id, at(50), vec![buckets_of("", all.clone())])]).await.unwrap();
    let hours: Vec<Bucket> = (0..4).map(|number| hour(number, 12.0, 24.0, 3600.0)).collect();
    ledger.prune(at(24), at(0)).await.unwrap();
    let expected = [&hours[..2], &all[24..]].concat();
    assert_eq!(fine(&*ledger, id).await, [buckets_of("", expected)]);
    // Adjacent ranges that part in a pruned hour tell it once.
    let mut told = 0;
    for (after, until) in [(0, 5), (5, 17), (17, 30)] {
        for resolution in [Resolution::Fine, Resolution::Coarse] {
            let read = ledger.read(id, TimeRange::new(at(after), at(until)), resolution).await.unwrap();
            told +=
                read.iter().flat_map(|group| &group.buckets).map(|bucket| bucket.total as i64).sum::<i64>();
        }
    }
    assert_eq!(told, 2 * 60);
    ledger.prune(at(24), at(12)).await.unwrap();
    let expected = [&hours[1..], &all[48..]].concat();
    assert_eq!(coarse(&*ledger, id).await, [buckets_of("", expected)]);
    // Open hours are only there as buckets; they stay until everything goes.
    ledger.prune(at(60), at(48)).await.unwrap();
    assert_eq!(fine(&*ledger, id).await, [buckets_of("", all[48..].to_vec())]);
}

async fn sums_are_what_reads_add_up_to(home: Home) {
    let ledger = home.open().await;
    let id = one_history(&*ledger).await;
    let whole = (0..50).map(|slot| bucket(slot, 1.0, 2.0)).collect();
    let group = (0..50).map(|slot| Bucket { covered: 0.0, ..bucket(slot, 2.0, 3.0) }).collect();
    ledger.append(&[entry(id, at(50), vec![buckets_of("", whole), buckets_of("/a", group)])]).await.unwrap();
    for _ in ["fine", "pruned"] {
        for (after, until) in [(0, 12), (0, 48), (12, 36), (5, 17), (0, 50), (36, 60), (600, 660)] {
            let range = TimeRange::new(at(after), at(until));
            let read = ledger.read(id, range, Resolution::Coarse).await.unwrap();
            let mut want = Bucket { end: range.until, ..Bucket::default() };
            for (group, bucket) in
                read.iter().flat_map(|one| one.buckets.iter().map(|bucket| (&one.group, bucket)))
            {
                want.good += bucket.good;
                want.total += bucket.total;
                want.covered += if group.is_empty() { bucket.covered } else { 0.0 };
            }
            assert_eq!(ledger.sums(id, range).await.unwrap(), want, "{after} to {until}");
        }
        ledger.prune(at(24), at(0)).await.unwrap();
    }
}

async fn an_hour_without_buckets_takes_no_more(home: Home) {
    let ledger = home.open().await;
    let id = one_history(&*ledger).await;
    let tick = entry(id, at(12), vec![buckets_of("", vec![bucket(1, 1.0, 2.0), bucket(2, 1.0, 2.0)])]);
    ledger.append(std::slice::from_ref(&tick)).await.unwrap();
    ledger.prune(at(12), at(0)).await.unwrap();
    ledger.append(&[tick]).await.unwrap();
    assert_eq!(fine(&*ledger, id).await, [buckets_of("", vec![hour(0, 2.0, 4.0, 600.0)])]);
}

async fn groups_of_which_nothing_is_left_go(home: Home) {
    let ledger = home.open().await;
    let id = one_history(&*ledger).await;
    let (old, new) =
        (buckets_of("old", vec![bucket(1, 1.0, 2.0)]), buckets_of("new", vec![bucket(13, 1.0, 2.0)]));
    ledger.append(&[entry(id, at(24), vec![old.clone(), new.clone()])]).await.unwrap();
    ledger.prune(at(12), at(12)).await.unwrap();
    assert_eq!(fine(&*ledger, id).await, std::slice::from_ref(&new));
    // It may come back.
    ledger.append(&[entry(id, at(24), vec![old.clone()])]).await.unwrap();
    assert_eq!(fine(&*ledger, id).await, [new, old]);
}

async fn what_is_counted_anew_takes_the_place_of_what_was_final(home: Home) {
    let ledger = home.open().await;
    let id = one_history(&*ledger).await;
    let all: Vec<Bucket> = (0..40).map(|slot| bucket(slot, 10.0, 10.0)).collect();
    let groups = vec![buckets_of("", all.clone()), buckets_of("/a", all.clone())];
    ledger.append(&[entry(id, at(38), groups)]).await.unwrap();
    // In a final hour, over its edge, in the open hour, and of a group that nobody knew.
    let anew: Vec<Bucket> = (20..37).map(|slot| bucket(slot, 7.0, 11.0)).collect();
    let gone = Bucket { end: at(31), ..Bucket::default() };
    let groups = vec![
        buckets_of("", anew.clone()),
        buckets_of("/a", vec![gone]),
        buckets_of("/b", vec![bucket(25, 1.0, 2.0)]),
    ];
    ledger.correct(&correction(id, (20, 37), groups)).await.unwrap();
    let want = vec![
        buckets_of("", [&all[..20], &anew, &all[37..]].concat()),
        buckets_of("/a", [&all[..30], &all[31..]].concat()),
        buckets_of("/b", vec![bucket(25, 1.0, 2.0)]),
    ];
    assert_eq!(fine(&*ledger, id).await, want);
    let sums = coarse(&*ledger, id).await.remove(0).buckets;
    assert_eq!(sums[1], hour(1, 8.0 * 10.0 + 4.0 * 7.0, 8.0 * 10.0 + 4.0 * 11.0, 3600.0));
    // What is not final is the engine's.
    let error = ledger.correct(&correction(id, (20, 39), Vec::new())).await.unwrap_err().to_string();
    assert!(error.contains("not final yet"), "{error}");
    let outside = vec![buckets_of("", vec![bucket(20, 1.0, 1.0)])];
    let error = ledger.correct(&correction(id, (21, 37), outside)).await.unwrap_err().to_string();
    assert!(error.contains("outside"), "{error}");
    assert_eq!(fine(&*ledger, id).await, want);
}

async fn a_pruned_hour_is_corrected_as_a_whole_or_not_at_all(home: Home) {
    let ledger = home.open().await;
    let id = one_history(&*ledger).await;
    let all: Vec<Bucket> = (0..36).map(|slot| bucket(slot, 1.0, 2.0)).collect();
    ledger.append(&[entry(id, at(36), vec![buckets_of("", all.clone())])]).await.unwrap();
    ledger.prune(at(24), at(0)).await.unwrap();
    let anew: Vec<Bucket> = (6..30).map(|slot| bucket(slot, 2.0, 2.0)).collect();
    let corrected = correction(id, (6, 30), vec![buckets_of("", anew.clone())]);
    ledger.correct(&corrected).await.unwrap();
    let want = [&[hour(0, 12.0, 24.0, 3600.0)], &anew[6..], &all[30..]].concat();
    assert_eq!(fine(&*ledger, id).await, [buckets_of("", want)]);
}

async fn a_correction_is_told_with_the_next_tick(home: Home) {
    let ledger = home.open().await;
    let id = one_history(&*ledger).await;
    let first =
        Entry { estimated: true, ..entry(id, at(12), vec![buckets_of("", vec![bucket(0, 1.0, 2.0)])]) };
    let known = ledger.append(&[first]).await.unwrap();
    assert_eq!((known[0].id, known[0].corrections, known[0].estimated), (id, 0, true));
    ledger.correct(&correction(id, (6, 12), Vec::new())).await.unwrap();
    let known = ledger.append(&[entry(id, at(13), Vec::new())]).await.unwrap();
    assert_eq!((known[0].corrections, known[0].estimated), (1, true), "a part of it still is");
    assert_eq!((known[0].counted_from, known[0].settled_to), (Some(START), Some(at(13))));
    ledger.correct(&correction(id, (0, 13), Vec::new())).await.unwrap();
    let known = ledger.histories(&[definition("api", "v1")]).await.unwrap();
    assert_eq!(known[0].map(|known| (known.corrections, known.estimated)), Some((2, false)));
    assert_eq!(fine(&*ledger, id).await, [buckets_of("", vec![bucket(0, 1.0, 2.0)])]);
}

async fn nonsense_is_refused_and_nothing_of_it_written(home: Home) {
    let ledger = home.open().await;
    let id = one_history(&*ledger).await;
    let good = entry(id, at(2), vec![buckets_of("", vec![bucket(0, 1.0, 1.0)])]);
    let whole = bucket(1, 1.0, 2.0);
    for (nonsense, about) in [
        (Bucket { good: 2.0, total: 1.0, ..whole }, "2 good of 1 events"),
        (Bucket { good: -1.0, ..whole }, "-1 good"),
        (Bucket { total: f64::NAN, ..whole }, "NaN events"),
        (Bucket { good: f64::NAN, ..whole }, "NaN good"),
        (Bucket { total: f64::INFINITY, ..whole }, "inf events"),
        (Bucket { covered: 301.0, ..whole }, "301 of 300 s covered"),
        (Bucket { covered: -1.0, ..whole }, "-1 of 300 s"),
        (Bucket { end: whole.end + Span::SECOND, ..whole }, "not a multiple of the step"),
        (
            Bucket { end: Timestamp::MAX.align_down(Span::from_seconds(300)), ..whole },
            "not a multiple of the step",
        ),
    ] {
        let bad = entry(id, at(3), vec![buckets_of("x", vec![nonsense])]);
        let error = ledger.append(&[good.clone(), bad]).await.unwrap_err().to_string();
        assert!(error.contains(about) && error.contains("wrote nothing"), "{error}");
    }
    let stranger = entry(HistoryId(id.0 + 1000), at(2), vec![buckets_of("", vec![bucket(0, 1.0, 1.0)])]);
    let error = ledger.append(&[good, stranger]).await.unwrap_err().to_string();
    assert!(error.contains("never registered"), "{error}");
    assert_eq!(fine(&*ledger, id).await, []);
    assert_eq!(register(&*ledger, "api", "v1").await.settled_to, None);
    // What rounding leaves is no nonsense.
    let rounded = Bucket { good: 2.000_000_000_1, total: 2.0, covered: 300.000_000_1, ..whole };
    ledger.append(&[entry(id, at(2), vec![buckets_of("", vec![rounded])])]).await.unwrap();
    assert_eq!(fine(&*ledger, id).await, [buckets_of("", vec![bucket(1, 2.0, 2.0)])]);
}

async fn nothing_is_a_fine_thing_to_write_and_to_read(home: Home) {
    let ledger = home.open().await;
    let id = one_history(&*ledger).await;
    ledger.append(&[]).await.unwrap();
    ledger.append(&[entry(id, at(30), vec![buckets_of("", vec![])])]).await.unwrap();
    assert_eq!(fine(&*ledger, id).await, []);
    assert_eq!(coarse(&*ledger, HistoryId(-1)).await, []);
    ledger.prune(Timestamp::MAX, Timestamp::MAX).await.unwrap();
    ledger.store().close().await;
}

async fn many_writers_at_once_lose_nothing(home: Home) {
    let ledger = home.open().await;
    let id = one_history(&*ledger).await;
    // Everybody merges into the same hours of the same groups.
    let writers = (0..24).map(|slot| {
        let ledger = Arc::clone(&ledger);
        tokio::spawn(async move {
            let groups = ["a", "b"].map(|name| buckets_of(name, vec![bucket(slot, slot as f64, 100.0)]));
            ledger.append(&[entry(id, at(slot), groups.to_vec())]).await.unwrap();
        })
    });
    for writer in writers.collect::<Vec<_>>() {
        writer.await.unwrap();
    }
    let all: Vec<Bucket> = (0..24).map(|slot| bucket(slot, slot as f64, 100.0)).collect();
    assert_eq!(fine(&*ledger, id).await, ["a", "b"].map(|name| buckets_of(name, all.clone())));
}

#[tokio::test]
async fn two_engines_on_one_postgres_lose_nothing() {
    two_engines_lose_nothing(Home::postgres().await).await;
}

#[tokio::test]
async fn two_processes_worth_of_connections_on_one_file_lose_nothing() {
    two_engines_lose_nothing(Home::file()).await;
}

async fn two_engines_lose_nothing(home: Home) {
    // Both make the schema at once.
    let (one, two) = tokio::join!(home.open(), home.open());
    let definitions: Vec<Definition> =
        (0..50).map(|number| definition(&format!("slo-{number}"), "v")).collect();
    let backwards: Vec<Definition> = definitions.iter().rev().cloned().collect();
    let (ids, others) = tokio::join!(one.register(&definitions), two.register(&backwards));
    let (ids, mut others) = (ids.unwrap(), others.unwrap());
    others.reverse();
    assert_eq!(ids, others);
    for slot in 0..26 {
        let tick = |slots: &[i64], order: &mut dyn Iterator<Item = &History>| {
            let buckets: Vec<Bucket> = slots.iter().map(|slot| bucket(*slot, 1.0, 2.0)).collect();
            order
                .map(|history| entry(history.id, at(slot), vec![buckets_of("", buckets.clone())]))
                .collect::<Vec<_>>()
        };
        // One writes even slots and the other odd ones of the same hours; they overlap in every third.
        let (mine, theirs) =
            (tick(&[2 * slot, slot / 3 * 3], &mut ids.iter()), tick(&[2 * slot + 1], &mut ids.iter().rev()));
        let (mine, theirs) = tokio::join!(one.append(&mine), two.append(&theirs));
        mine.unwrap();
        theirs.unwrap();
    }
    let all: Vec<Bucket> = (0..52).map(|slot| bucket(slot, 1.0, 2.0)).collect();
    for history in ids {
        assert_eq!(fine(&*two, history.id).await, [buckets_of("", all.clone())]);
    }
}
