//! The JSON vectors that Node and the browsers check too.

use crate::json::Value;
use crate::sha256::sha256;
use crate::support::{hex, seeded_bytes, vectors, Bench};
use holdfast_coder::generator::coefficient;
use holdfast_coder::geometry::{Code, Geometry};

fn geometry(vector: &Value) -> Geometry {
    Geometry::new(vector.number("m"), vector.number("k")).unwrap()
}

fn code_name(code: Code) -> &'static str {
    match code {
        Code::Copies => "copies",
        Code::Lch { .. } => "lch",
        Code::Cauchy => "cauchy",
    }
}

#[test]
fn generators() {
    for vector in vectors("coder/generators") {
        let geometry = geometry(&vector);
        assert_eq!(code_name(geometry.code()), vector.get("code").unwrap().text());
        for (parity, row) in vector.get("rows").unwrap().list().iter().enumerate() {
            let factors: Vec<u8> = (0..geometry.data())
                .map(|data| coefficient(geometry, parity, data))
                .collect();
            assert_eq!(hex(&factors), row.text(), "{geometry:?} row {parity}");
        }
    }
}

#[test]
fn stripes() {
    let mut bench = Bench::new();
    for vector in vectors("coder/stripes") {
        let geometry = geometry(&vector);
        let (m, k) = (geometry.data(), geometry.parity());
        let block_bytes = vector.number("blockBytes");
        let payload = seeded_bytes(vector.number("seed") as u32, m * block_bytes);
        let data: Vec<&[u8]> = payload.chunks(block_bytes).collect();

        bench.coder.prepare_encode(m, k).unwrap();
        let parity = bench.run(&data, k, block_bytes);
        let digest = hex(&sha256(&parity.concat()));
        assert_eq!(digest, vector.get("paritySha256").unwrap().text(), "{geometry:?}");
        if let Some(short) = vector.get("parity") {
            assert_eq!(hex(&parity.concat()), short.text());
        }

        let positions = vector.get("survivors").unwrap().list().iter();
        let given: Vec<u8> = positions.map(|position| position.whole() as u8).collect();
        let block = |p: usize| if p < m { data[p] } else { &parity[p - m] };
        let inputs: Vec<&[u8]> = given.iter().map(|&p| block(p as usize)).collect();
        let missing = |p: &u8| !given.contains(p);
        let wanted: Vec<u8> = (0..geometry.blocks() as u8).filter(missing).collect();
        for some in wanted.chunks(255 - m) {
            bench.coder.prepare_recovery(m, k, &given, some).unwrap();
            let recovered = bench.run(&inputs, some.len(), block_bytes);
            for (&position, bytes) in some.iter().zip(&recovered) {
                assert!(bytes == block(position as usize), "{geometry:?} block {position}");
            }
        }
    }
}
