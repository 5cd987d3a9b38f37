use super::*;

fn first(stream: &mut Stream) -> [u64; 4] {
    std::array::from_fn(|_| stream.next_u64())
}

#[test]
fn the_same_name_gives_the_same_draws() {
    let identity = Identity::new(&["Job", "default", "etl"]);
    let draws = first(&mut Stream::keyed(42, &identity, "run", 0));
    assert_eq!(draws, first(&mut Stream::keyed(42, &identity, "run", 0)));
    assert_eq!(
        draws,
        first(&mut Stream::new(42, &["Job", "default", "etl"], "run"))
    );
    assert_eq!(
        draws,
        first(&mut Stream::new(
            42,
            &[b"Job".as_slice(), b"default", b"etl"],
            "run"
        ))
    );
}

/// The bits themselves: a change of hash, generator or layout of the key moves every result.
#[test]
fn the_bits_of_a_stream_are_fixed() {
    let mut stream = Stream::new(42, &["Job", "default", "etl"], "run");
    assert_eq!(
        first(&mut stream),
        [
            8_787_793_666_588_465_121,
            16_640_298_940_601_731_511,
            13_168_823_610_598_313_490,
            4_638_008_993_150_811_526
        ]
    );
}

#[test]
fn every_part_of_the_name_counts() {
    let names: [(u64, &[&str], &str, u64); 12] = [
        (1, &["a", "b"], "run", 0),
        (2, &["a", "b"], "run", 0),
        (1, &["a", "b"], "ru", 0),
        (1, &["a", "b"], "run", 1),
        (1, &["a", "b"], "run", 1 << 32),
        (1, &["ab"], "run", 0),
        (1, &["ab", ""], "run", 0),
        (1, &["", "ab"], "run", 0),
        (1, &["a", "b", ""], "run", 0),
        (1, &["b", "a"], "run", 0),
        (1, &[], "run", 0),
        (1, &[""], "run", 0),
    ];
    let mut draws: Vec<_> = names
        .iter()
        .map(|(seed, parts, purpose, number)| {
            first(&mut Stream::keyed(
                *seed,
                &Identity::new(parts),
                purpose,
                *number,
            ))
        })
        .collect();
    let parent = Identity::new(&["a"]);
    draws.push(first(&mut Stream::keyed(
        1,
        &parent.child(&["b"]),
        "run",
        0,
    )));
    draws.push(first(&mut Stream::keyed(1, &parent, "run", 0)));
    let count = draws.len();
    draws.sort_unstable();
    draws.dedup();
    assert_eq!(draws.len(), count);
}

#[test]
fn draws_do_not_depend_on_the_order_of_asking() {
    let identity = Identity::new(&["Pod", "x"]);
    let alone: Vec<_> = (0..10)
        .map(|n| Stream::keyed(7, &identity, "run", n).next_u64())
        .collect();
    let mut crossed: Vec<_> = (0..10)
        .rev()
        .map(|n| {
            let _other = Stream::keyed(7, &identity, "startup", n).next_u64();
            Stream::keyed(7, &identity, "run", n).next_u64()
        })
        .collect();
    crossed.reverse();
    assert_eq!(alone, crossed);
}

#[test]
fn the_unit_is_open_and_even() {
    let mut stream = Stream::new(1, &["unit"], "test");
    let draws: Vec<f64> = (0..100_000).map(|_| stream.unit()).collect();
    assert!(draws.iter().all(|u| *u > 0.0 && *u < 1.0));
    let mut cells = [0_i32; 10];
    for u in &draws {
        // The number of boundaries below the draw is the number of its cell.
        let cell = (1..10)
            .filter(|boundary| *u >= f64::from(*boundary) / 10.0)
            .count();
        cells[cell] += 1;
    }
    // Each cell is a binomial of mean 10,000 and deviation 95.
    assert!(
        cells.iter().all(|count| (count - 10_000).abs() < 475),
        "{cells:?}"
    );
}

#[test]
fn below_reaches_every_number_evenly_and_no_other() {
    let mut stream = Stream::new(1, &["below"], "test");
    let mut counts = [0_i32; 7];
    for _ in 0..70_000 {
        counts[usize::try_from(stream.below(7)).unwrap()] += 1;
    }
    assert!(
        counts.iter().all(|count| (count - 10_000).abs() < 465),
        "{counts:?}"
    );
    assert!((0..100).all(|_| stream.below(1) == 0));
    // Where the range is three quarters of the words, a quarter of them is drawn again; kept,
    // they would make every third number twice as likely, half of the draws instead of a third.
    let large = 3_u64 << 62;
    let thirds = (0..30_000)
        .filter(|_| stream.below(large).is_multiple_of(3))
        .count();
    assert!((9_600..10_400).contains(&thirds), "{thirds}");
    assert!((0..1000).all(|_| stream.below(u64::MAX) < u64::MAX));
}

#[test]
fn a_chance_of_none_and_of_all_is_certain() {
    let mut stream = Stream::new(1, &["chance"], "test");
    assert!(
        (0..1000).all(|_| !stream.chance(0.0) && stream.chance(1.0) && !stream.chance(f64::NAN))
    );
    let hits = (0..10_000).filter(|_| stream.chance(0.08)).count();
    assert!((650..950).contains(&hits), "{hits}");
}
