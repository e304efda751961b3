//! Properties of the code and of the coder, beyond single vectors.

use crate::support::{seeded_bytes, Bench};
use holdfast_coder::generator::coefficient;
use holdfast_coder::geometry::{Code, Geometry, Refusal};
use holdfast_coder::recovery::{solve, FACTORS_MAX};
use holdfast_coder::transform::{Transform, WORK_VECTORS};
use holdfast_coder::vector::{fill, Product, Products, ZERO};

/// The transform and the matrix agree on every unit vector, for every geometry with the LCH code up to 40 blocks and
/// for a sample beyond: both are linear, so they agree on everything.
#[test]
fn transform_equals_generator() {
    let mut products: Box<Products> = Box::new([Product::EMPTY; 256]);
    fill(&mut products);
    let mut work = vec![ZERO; WORK_VECTORS];
    let small = (2..40).flat_map(|m| (1..=40 - m).map(move |k| (m, k)));
    let large = [
        (100, 30),
        (200, 3),
        (192, 63),
        (127, 128),
        (128, 127),
        (254, 1),
        (224, 31),
    ];
    for (m, k) in small.chain(large) {
        let geometry = Geometry::new(m, k).unwrap();
        let Code::Lch { log } = geometry.code() else {
            panic!("{m} {k} has another code")
        };
        let transform = Transform {
            data: m,
            parity: k,
            log,
        };
        // Column c of the rows is the c-th unit vector: byte c % 16 of vector c / 16.
        let stride = m.div_ceil(16);
        let mut rows = vec![ZERO; (m + k) * stride];
        for data in 0..m {
            rows[data * stride + data / 16][data % 16] = 1;
        }
        transform.encode(&products, &mut rows, stride, stride, &mut work);
        for parity in 0..k {
            for data in 0..m {
                let found = rows[(m + parity) * stride + data / 16][data % 16];
                assert_eq!(
                    found,
                    coefficient(geometry, parity, data),
                    "{m} {k}: {parity} {data}"
                );
            }
        }
    }
}

/// Any k of m + k blocks may be lost, for every geometry up to 9 blocks and every choice of survivors: the inversion
/// would panic on a singular choice.
#[test]
fn every_choice_determines_every_block() {
    let mut factors = vec![0; FACTORS_MAX];
    for n in 1..=9usize {
        for m in 1..=n {
            let geometry = Geometry::new(m, n - m).unwrap();
            for choice in (0..1u32 << n).filter(|choice| choice.count_ones() as usize == m) {
                let given: Vec<u8> = (0..n as u8).filter(|p| choice >> p & 1 == 1).collect();
                let wanted: Vec<u8> = (0..n as u8).collect();
                solve(geometry, &given, &wanted, &mut factors).unwrap();
                for (row, &position) in wanted.iter().enumerate() {
                    let unit = given.iter().map(|&g| u8::from(g == position));
                    if given.contains(&position) {
                        assert!(unit.eq(factors[row * m..][..m].iter().copied()));
                    }
                }
            }
        }
    }
}

/// Large geometries, all of whose parity is needed at once.
#[test]
fn data_returns_from_parity_alone() {
    let mut bench = Bench::new();
    for (m, k) in [(127, 128), (127, 127), (100, 155), (64, 64), (2, 253), (127, 126)] {
        let payload = seeded_bytes(7 + m as u32, m * 33);
        let data: Vec<&[u8]> = payload.chunks(33).collect();
        bench.coder.prepare_encode(m, k).unwrap();
        let parity = bench.run(&data, k, 33);
        let count = m.min(k);
        let kept = count..m;
        let given: Vec<u8> = (m..m + count).chain(kept.clone()).map(|p| p as u8).collect();
        let wanted: Vec<u8> = (0..count as u8).collect();
        bench.coder.prepare_recovery(m, k, &given, &wanted).unwrap();
        let blocks = parity[..count].iter().map(Vec::as_slice);
        let inputs: Vec<&[u8]> = blocks.chain(kept.map(|p| data[p])).collect();
        let recovered = bench.run(&inputs, count, 33);
        assert!(
            recovered.iter().zip(&data).all(|(found, block)| found == block),
            "{m} {k}"
        );
    }
}

#[test]
fn bad_requests_are_refused() {
    let mut bench = Bench::new();
    let coder = &mut bench.coder;
    assert_eq!(coder.prepare_encode(0, 1), Err(Refusal::Geometry));
    assert_eq!(coder.prepare_encode(200, 56), Err(Refusal::Geometry));
    let refused = Err(Refusal::Positions);
    assert_eq!(coder.prepare_recovery(2, 2, &[0], &[1]), refused, "too few");
    assert_eq!(coder.prepare_recovery(2, 2, &[0, 0], &[1]), refused, "twice");
    assert_eq!(
        coder.prepare_recovery(2, 2, &[0, 4], &[1]),
        refused,
        "out of range"
    );
    assert_eq!(
        coder.prepare_recovery(2, 2, &[0, 2], &[4]),
        refused,
        "wanted out of range"
    );
    let many = [0; 254];
    assert_eq!(coder.prepare_recovery(2, 2, &[0, 2], &many), refused, "no room");
    assert_eq!(coder.run(&mut [], &mut [], 1), Err(Refusal::Unprepared));
    coder.prepare_encode(2, 2).unwrap();
    assert_eq!(coder.run(&mut [], &mut [], 1 << 20), Err(Refusal::Bytes));
}
