//! The raw C ABI, and all `unsafe` of the crate. `docs/adr/0005-wasm-abi.md` describes it from the host's side.
//!
//! A WebAssembly instance has one thread and the host calls one export at a time, none of which calls back; so the
//! statics below are never borrowed twice at once. Exports answer 0, or the number of a [`Refusal`].
#![allow(unsafe_code)]

use crate::coder::{Coder, AREA_VECTORS};
use crate::geometry::{Refusal, BLOCKS_MAX};
use crate::keystream::{Key, Row};
use crate::proof::{check, combine, Tagger, PROOF_WORDS, SAMPLES_MAX, SECTOR_BYTES, SECTOR_VECTORS};
use crate::transform::WORK_VECTORS;
use crate::vector::{Vector, VARIANT, VECTOR_BYTES, ZERO};
use core::cell::UnsafeCell;

/// Changes whenever an export changes its meaning.
const ABI_VERSION: u32 = 2;

/// A static that the single thread of the instance mutates.
struct Single<T>(UnsafeCell<T>);

// SAFETY: an instance runs on one thread, and its memory is not shared.
unsafe impl<T> Sync for Single<T> {}

impl<T> Single<T> {
    /// SAFETY: no other reference to the content may be alive.
    #[allow(clippy::mut_from_ref)]
    unsafe fn get(&self) -> &mut T {
        &mut *self.0.get()
    }
}

static CODER: Single<Coder> = Single(UnsafeCell::new(Coder::new()));
static ROWS: Single<[Vector; AREA_VECTORS]> = Single(UnsafeCell::new([ZERO; AREA_VECTORS]));
static WORK: Single<[Vector; WORK_VECTORS]> = Single(UnsafeCell::new([ZERO; WORK_VECTORS]));
static POSITIONS: Single<[u8; 2 * BLOCKS_MAX]> = Single(UnsafeCell::new([0; 2 * BLOCKS_MAX]));
static TAGGER: Single<Tagger> = Single(UnsafeCell::new(Tagger::new()));
static KEYS: Single<[Key; 2]> = Single(UnsafeCell::new([[0; 32]; 2]));
static TAGS: Single<[Row; SAMPLES_MAX]> = Single(UnsafeCell::new([[0; 4]; SAMPLES_MAX]));
static COEFFICIENTS: Single<[u32; SAMPLES_MAX]> = Single(UnsafeCell::new([0; SAMPLES_MAX]));
static PADS: Single<[Key; SAMPLES_MAX]> = Single(UnsafeCell::new([[0; 32]; SAMPLES_MAX]));
static PLACES: Single<[u32; SAMPLES_MAX]> = Single(UnsafeCell::new([0; SAMPLES_MAX]));
static PROOF: Single<[u32; PROOF_WORDS]> = Single(UnsafeCell::new([0; PROOF_WORDS]));
static PANIC_LINE: Single<u32> = Single(UnsafeCell::new(0));

fn status(result: Result<(), Refusal>) -> i32 {
    result.map_or_else(|refusal| refusal as i32, |()| 0)
}

/// The version of this interface.
#[no_mangle]
pub extern "C" fn coder_abi_version() -> u32 {
    ABI_VERSION
}

/// 0 scalar, 1 SIMD128, 2 relaxed SIMD.
#[no_mangle]
pub extern "C" fn coder_variant() -> u32 {
    VARIANT
}

/// Fills the tables. To be called once, first.
#[no_mangle]
pub extern "C" fn coder_open() {
    // SAFETY: see the module.
    unsafe { CODER.get() }.open();
}

/// Plans the encoding of m data rows to k parity rows.
#[no_mangle]
pub extern "C" fn coder_prepare_encode(data: usize, parity: usize) -> i32 {
    // SAFETY: see the module.
    status(unsafe { CODER.get() }.prepare_encode(data, parity))
}

/// Where the host writes positions, one byte each: those given, and the wanted ones directly after them.
#[no_mangle]
pub extern "C" fn coder_positions() -> *mut u8 {
    POSITIONS.0.get().cast()
}

/// Plans the wanted rows from the given ones.
#[no_mangle]
pub extern "C" fn coder_prepare_recovery(data: usize, parity: usize, given: usize, wanted: usize) -> i32 {
    // SAFETY: see the module.
    let (coder, positions) = unsafe { (CODER.get(), &*POSITIONS.get()) };
    if given > BLOCKS_MAX || wanted > BLOCKS_MAX {
        return Refusal::Positions as i32;
    }
    let (given, rest) = positions.split_at(given);
    status(coder.prepare_recovery(data, parity, given, &rest[..wanted]))
}

/// Where row 0 begins.
#[no_mangle]
pub extern "C" fn coder_rows() -> *mut u8 {
    ROWS.0.get().cast()
}

/// Bytes that a row of the plan holds.
#[no_mangle]
pub extern "C" fn coder_row_bytes() -> usize {
    // SAFETY: see the module.
    unsafe { CODER.get() }.row_vectors() * VECTOR_BYTES
}

/// Bytes from the begin of one row to the next.
#[no_mangle]
pub extern "C" fn coder_row_stride() -> usize {
    // SAFETY: see the module.
    unsafe { CODER.get() }.stride_vectors() * VECTOR_BYTES
}

/// Runs the plan over the first `bytes` bytes of each row.
#[no_mangle]
pub extern "C" fn coder_run(bytes: usize) -> i32 {
    // SAFETY: see the module.
    let (coder, rows, work) = unsafe { (CODER.get(), ROWS.get(), WORK.get()) };
    status(coder.run(rows, work, bytes))
}

/// Where the host writes sectors, one after the other: the rows' memory, in other use.
#[no_mangle]
pub extern "C" fn prover_sectors() -> *mut u8 {
    ROWS.0.get().cast()
}

/// Where tags stand, 16 bytes each: those that were made, or those to be combined.
#[no_mangle]
pub extern "C" fn prover_tags() -> *mut u8 {
    TAGS.0.get().cast()
}

/// Where the host writes the alpha key and, behind it, the pad key.
#[no_mangle]
pub extern "C" fn prover_keys() -> *mut u8 {
    KEYS.0.get().cast()
}

/// Where the host writes coefficients, 4 bytes each.
#[no_mangle]
pub extern "C" fn prover_coefficients() -> *mut u8 {
    COEFFICIENTS.0.get().cast()
}

/// Where the host writes the pad keys of claimed sectors, 32 bytes each.
#[no_mangle]
pub extern "C" fn prover_pads() -> *mut u8 {
    PADS.0.get().cast()
}

/// Where the host writes the numbers of claimed sectors in their records, 4 bytes each.
#[no_mangle]
pub extern "C" fn prover_places() -> *mut u8 {
    PLACES.0.get().cast()
}

/// Where a proof stands: the one that was made, or the one to be checked.
#[no_mangle]
pub extern "C" fn prover_proof() -> *mut u8 {
    PROOF.0.get().cast()
}

/// Makes the tags of so many sectors, the first of which has this even number in its record.
#[no_mangle]
pub extern "C" fn prover_tag(first: u32, sectors: usize) -> i32 {
    if sectors > SAMPLES_MAX {
        return Refusal::Samples as i32;
    }
    // SAFETY: see the module.
    let (tagger, [alpha, pad], rows, tags) =
        unsafe { (TAGGER.get(), &*KEYS.get(), &*ROWS.get(), TAGS.get()) };
    let sectors_of = &rows[..sectors * SECTOR_VECTORS];
    status(tagger.tag(alpha, pad, first, sectors_of, &mut tags[..sectors]))
}

/// Makes the proof of so many sectors.
#[no_mangle]
pub extern "C" fn prover_combine(samples: usize) -> i32 {
    if samples > SAMPLES_MAX {
        return Refusal::Samples as i32;
    }
    // SAFETY: see the module. The rows are longer than 511 sectors, and any bytes may be read as bytes.
    let (sectors, tags, coefficients, proof) = unsafe {
        let sectors = core::slice::from_raw_parts(prover_sectors(), samples * SECTOR_BYTES);
        (sectors, &*TAGS.get(), &*COEFFICIENTS.get(), PROOF.get())
    };
    status(combine(
        sectors,
        &tags[..samples],
        &coefficients[..samples],
        proof,
    ))
}

/// Checks the proof of so many claimed sectors.
#[no_mangle]
pub extern "C" fn prover_check(samples: usize) -> i32 {
    if samples > SAMPLES_MAX {
        return Refusal::Samples as i32;
    }
    // SAFETY: see the module.
    let ([alpha, _], pads, places, coefficients, proof) = unsafe {
        (
            &*KEYS.get(),
            &*PADS.get(),
            &*PLACES.get(),
            &*COEFFICIENTS.get(),
            &*PROOF.get(),
        )
    };
    status(check(
        alpha,
        &pads[..samples],
        &places[..samples],
        &coefficients[..samples],
        proof,
    ))
}

/// Panics, so that the host's handling of panics can be tested against a real one.
#[no_mangle]
pub extern "C" fn coder_panic() {
    panic!("asked for");
}

/// The source line of the panic that ended this instance, or 0.
#[no_mangle]
pub extern "C" fn coder_panic_line() -> u32 {
    // SAFETY: see the module.
    unsafe { *PANIC_LINE.get() }
}

/// Remembers the line and traps. The host throws the instance away.
#[panic_handler]
fn on_panic(info: &core::panic::PanicInfo) -> ! {
    let line = info.location().map_or(0, |location| location.line());
    // SAFETY: see the module.
    unsafe { *PANIC_LINE.get() = line };
    core::arch::wasm32::unreachable()
}
