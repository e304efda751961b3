//! Sixteen bytes at a time: the unit of every kernel, in the form that the build's target has.

#[cfg(target_feature = "simd128")]
mod simd;
#[cfg(target_feature = "simd128")]
pub use simd::{sum, weights, words, Halves, Product, Vector, ZERO};

#[cfg(not(target_feature = "simd128"))]
mod scalar;
#[cfg(not(target_feature = "simd128"))]
pub use scalar::{sum, weights, words, Halves, Product, Vector, ZERO};

/// Bytes in a [`Vector`].
pub const VECTOR_BYTES: usize = 16;

/// Multiplication tables of all 256 constants.
pub type Products = [Product; 256];

/// Which of the three builds this is: 0 scalar, 1 SIMD128, 2 SIMD128 with relaxed swizzle.
pub const VARIANT: u32 = if cfg!(target_feature = "relaxed-simd") {
    2
} else if cfg!(target_feature = "simd128") {
    1
} else {
    0
};

/// Fills the tables.
pub fn fill(products: &mut Products) {
    for (constant, product) in products.iter_mut().enumerate() {
        *product = Product::of(constant as u8);
    }
}
