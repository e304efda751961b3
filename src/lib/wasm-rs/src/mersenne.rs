//! The field of the proofs: whole numbers modulo the Mersenne prime p = 2^31 - 1.

/// p.
pub const ORDER: u32 = 0x7fff_ffff;

const MASK: u64 = ORDER as u64;

/// Any number modulo p. Since 2^31 is 1 in the field, its groups of 31 bits are added up.
#[inline(always)]
pub fn reduce(value: u64) -> u32 {
    let thrice = (value & MASK) + (value >> 31 & MASK) + (value >> 62);
    let once = (thrice & MASK) + (thrice >> 31);
    (if once >= MASK { once - MASK } else { once }) as u32
}

/// The product of two elements.
#[inline(always)]
pub fn product(a: u32, b: u32) -> u32 {
    reduce(u64::from(a) * u64::from(b))
}

/// The sum of two elements.
#[inline(always)]
pub fn sum(a: u32, b: u32) -> u32 {
    reduce(u64::from(a) + u64::from(b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reducing_is_the_remainder() {
        let p = u64::from(ORDER);
        let near = |value: u64| (value.saturating_sub(3)..=value.saturating_add(3)).collect::<Vec<_>>();
        let edges = [0, p, 2 * p, p * p, 1 << 62, 1 << 63, u64::MAX, 3 << 61];
        for value in edges.into_iter().flat_map(near) {
            assert_eq!(u64::from(reduce(value)), value % p, "{value}");
        }
        let mut value = 1u64;
        for _ in 0..10_000 {
            value = value
                .wrapping_mul(6364136223846793005)
                .wrapping_add(1442695040888963407);
            assert_eq!(u64::from(reduce(value)), value % p, "{value}");
        }
    }

    #[test]
    fn the_last_element_is_minus_one() {
        assert_eq!(product(ORDER - 1, ORDER - 1), 1);
        assert_eq!(sum(ORDER - 1, 1), 0);
    }
}
