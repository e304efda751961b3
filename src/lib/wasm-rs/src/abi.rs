//! The raw C ABI, and all `unsafe` of the crate. `docs/adr/0005-wasm-abi.md` describes it from the host's side.
//!
//! A WebAssembly instance has one thread and the host calls one export at a time, none of which calls back; so the
//! statics below are never borrowed twice at once. Exports answer 0, or the number of a [`Refusal`].
#![allow(unsafe_code)]

use crate::coder::{Coder, AREA_VECTORS};
use crate::geometry::{Refusal, BLOCKS_MAX};
use crate::transform::WORK_VECTORS;
use crate::vector::{Vector, VARIANT, VECTOR_BYTES, ZERO};
use core::cell::UnsafeCell;

/// Changes whenever an export changes its meaning.
const ABI_VERSION: u32 = 1;

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
