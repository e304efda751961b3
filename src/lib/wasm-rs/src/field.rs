//! GF(2^8) in Cantor coordinates.
//!
//! A byte is a vector over GF(2) in the Cantor basis 1 = b0, b1, .. b7 with b(i)^2 + b(i) = b(i-1), written down as
//! elements of GF(2)\[x\] / (x^8 + x^4 + x^3 + x^2 + 1). In these coordinates the normalised subspace polynomial of the
//! first 2^r points takes the value `x >> r` at the point `x`, which makes every constant of the code a shift or a sum.
//! The coordinates and the basis are those of Leopard's 8-bit code (Lin, Al-Naffouri, Han, Chung,
//! "Novel Polynomial Basis With Fast Fourier Transform", IEEE Trans. Inf. Theory 2016).

/// The field polynomial x^8 + x^4 + x^3 + x^2 + 1, in which [`CANTOR_BASIS`] is written.
pub const POLYNOMIAL: u16 = 0x11D;

/// The elements whose sums a byte's bits select.
pub const CANTOR_BASIS: [u8; 8] = [1, 214, 152, 146, 86, 200, 88, 230];

/// The order of the multiplicative group.
const ORDER: usize = 255;

struct Tables {
    /// Discrete logarithm to the base x of each byte; the entry of 0 is unused.
    log: [u8; 256],
    /// Powers of x, twice over, so that a sum of two logarithms needs no reduction.
    exp: [u8; 2 * ORDER],
}

static TABLES: Tables = tables();

/// The element of the polynomial basis that a byte in Cantor coordinates stands for.
const fn polynomial_form(byte: u8) -> u8 {
    let mut element = 0;
    let mut bit = 0;
    while bit < 8 {
        if byte >> bit & 1 == 1 {
            element ^= CANTOR_BASIS[bit];
        }
        bit += 1;
    }
    element
}

const fn tables() -> Tables {
    let mut coordinates = [0u8; 256];
    let mut byte = 0;
    while byte < 256 {
        coordinates[polynomial_form(byte as u8) as usize] = byte as u8;
        byte += 1;
    }
    let mut tables = Tables {
        log: [0; 256],
        exp: [0; 2 * ORDER],
    };
    let mut element: u16 = 1;
    let mut power = 0;
    while power < ORDER {
        let byte = coordinates[element as usize];
        tables.log[byte as usize] = power as u8;
        tables.exp[power] = byte;
        tables.exp[power + ORDER] = byte;
        element <<= 1;
        if element > 255 {
            element ^= POLYNOMIAL;
        }
        power += 1;
    }
    tables
}

/// The product of two elements.
pub fn multiply(a: u8, b: u8) -> u8 {
    if a == 0 || b == 0 {
        return 0;
    }
    TABLES.exp[TABLES.log[a as usize] as usize + TABLES.log[b as usize] as usize]
}

/// The quotient of two elements. Panics when `b` is 0.
pub fn divide(a: u8, b: u8) -> u8 {
    assert!(b != 0, "division by zero");
    if a == 0 {
        return 0;
    }
    TABLES.exp[TABLES.log[a as usize] as usize + ORDER - TABLES.log[b as usize] as usize]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn multiply_bitwise(a: u8, b: u8) -> u8 {
        let (mut a, b) = (polynomial_form(a) as u16, polynomial_form(b));
        let mut product = 0u16;
        for bit in 0..8 {
            if b >> bit & 1 == 1 {
                product ^= a;
            }
            a <<= 1;
            if a > 255 {
                a ^= POLYNOMIAL;
            }
        }
        (0..=255)
            .find(|&byte| polynomial_form(byte) as u16 == product)
            .unwrap()
    }

    #[test]
    fn products_equal_bitwise_ones() {
        for a in 0..=255 {
            for b in (0..=255).step_by(7) {
                assert_eq!(multiply(a, b), multiply_bitwise(a, b), "{a} * {b}");
            }
        }
    }

    #[test]
    fn division_undoes_multiplication() {
        for a in 0..=255 {
            for b in 1..=255 {
                assert_eq!(divide(multiply(a, b), b), a);
            }
        }
    }

    #[test]
    fn subspace_polynomials_are_shifts() {
        for log in 0..8 {
            for x in 0..=255u8 {
                let product = (0..1u16 << log).fold(1, |p, y| multiply(p, x ^ y as u8));
                assert_eq!(product, x >> log, "s_{log}({x})");
            }
        }
    }
}
