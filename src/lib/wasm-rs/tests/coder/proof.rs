//! Proofs against the vectors that Node and the browsers check too.

use crate::json::Value;
use crate::sha256::sha256;
use crate::support::{hex, seeded_bytes, vectors};
use holdfast_coder::geometry::Refusal;
use holdfast_coder::keystream::{Key, Row};
use holdfast_coder::mersenne::ORDER;
use holdfast_coder::proof::{check, combine, Tagger, PROOF_WORDS, SAMPLES_MAX, SECTOR_BYTES};
use holdfast_coder::vector::VECTOR_BYTES;

fn key(seed: usize) -> Key {
    seeded_bytes(seed as u32, 32).try_into().unwrap()
}

/// The record, filled up to whole sectors with zeros.
fn sectors(record: &Value) -> Vec<u8> {
    let length = record.number("bytes");
    let mut bytes = match record.get("seed") {
        Some(seed) => seeded_bytes(seed.whole() as u32, length),
        None => vec![record.number("fill") as u8; length],
    };
    bytes.resize(length.next_multiple_of(SECTOR_BYTES), 0);
    bytes
}

fn tags(alpha: &Key, record: &Value) -> Vec<Row> {
    let bytes = sectors(record);
    let (vectors, _) = bytes.as_chunks::<VECTOR_BYTES>();
    let mut tags = vec![[0; 4]; bytes.len() / SECTOR_BYTES];
    let pad = key(record.number("pad"));
    Tagger::new().tag(alpha, &pad, 0, vectors, &mut tags).unwrap();
    tags
}

fn triple(list: &Value) -> [usize; 3] {
    core::array::from_fn(|i| list.list()[i].whole())
}

fn bytes_of(words: impl Iterator<Item = u32>) -> Vec<u8> {
    words.flat_map(u32::to_le_bytes).collect()
}

#[test]
fn tags_of_records() {
    for vector in vectors("proof/tags") {
        let tags = tags(&key(vector.number("alpha")), &vector);
        let tags = bytes_of(tags.into_iter().flatten());
        let name = format!("{} bytes", vector.number("bytes"));
        assert_eq!(hex(&sha256(&tags)), vector.get("tagsSha256").unwrap().text(), "{name}");
        if let Some(short) = vector.get("tags") {
            assert_eq!(hex(&tags), short.text(), "{name}");
        }
    }
}

#[test]
fn proofs_of_samples() {
    for vector in vectors("proof/proofs") {
        let alpha = key(vector.number("alpha"));
        let records = vector.get("records").unwrap().list();
        let contents: Vec<Vec<u8>> = records.iter().map(sectors).collect();
        let tagged: Vec<Vec<Row>> = records.iter().map(|record| tags(&alpha, record)).collect();
        let samples: Vec<[usize; 3]> = vector.get("samples").unwrap().list().iter().map(triple).collect();
        let (mut read, mut read_tags, mut pads) = (Vec::new(), Vec::new(), Vec::new());
        for &[record, place, _] in &samples {
            read.extend(&contents[record][place * SECTOR_BYTES..][..SECTOR_BYTES]);
            read_tags.push(tagged[record][place]);
            pads.push(key(records[record].number("pad")));
        }
        let places: Vec<u32> = samples.iter().map(|sample| sample[1] as u32).collect();
        let coefficients: Vec<u32> = samples.iter().map(|sample| sample[2] as u32).collect();

        let mut proof = [0; PROOF_WORDS];
        combine(&read, &read_tags, &coefficients, &mut proof).unwrap();
        let expected = vector.get("proof").unwrap().text();
        assert_eq!(hex(&bytes_of(proof.into_iter())), expected);

        let judge = |proof: &[u32; PROOF_WORDS]| check(&alpha, &pads, &places, &coefficients, proof);
        assert_eq!(judge(&proof), Ok(()));
        for word in 0..PROOF_WORDS {
            let mut changed = proof;
            changed[word] = (changed[word] + 1) % ORDER;
            assert_eq!(judge(&changed), Err(Refusal::Proof), "word {word}");
            // The same number in the field, but not the one form that it has.
            changed[word] = proof[word].wrapping_add(ORDER);
            assert_eq!(judge(&changed), Err(Refusal::Proof), "word {word}");
        }
    }
}

#[test]
fn what_does_not_fit_together_is_refused() {
    let mut proof = [0; PROOF_WORDS];
    let sector = [0; SECTOR_BYTES];
    let refused = Err(Refusal::Samples);
    assert_eq!(combine(&sector, &[[0; 4]], &[ORDER], &mut proof), refused);
    assert_eq!(combine(&sector, &[], &[1], &mut proof), refused);
    assert_eq!(combine(&sector[1..], &[[0; 4]], &[1], &mut proof), refused);
    let many = SAMPLES_MAX + 1;
    let sectors = vec![0; many * SECTOR_BYTES];
    assert_eq!(combine(&sectors, &vec![[0; 4]; many], &vec![1; many], &mut proof), refused);
    assert_eq!(check(&[0; 32], &[[0; 32]], &[0], &[ORDER], &proof), refused);
    assert_eq!(check(&[0; 32], &[[0; 32]], &[], &[1], &proof), refused);
    let vectors = [[0; VECTOR_BYTES]; SECTOR_BYTES / VECTOR_BYTES];
    assert_eq!(Tagger::new().tag(&[0; 32], &[0; 32], 1, &vectors, &mut [[0; 4]]), refused);
    assert_eq!(Tagger::new().tag(&[0; 32], &[0; 32], 0, &vectors[1..], &mut [[0; 4]]), refused);
}
