//! Random streams that are named instead of shared.
//!
//! A stream's numbers follow from the seed of the run, the identity of the object that draws, the
//! purpose of the draw and a number (which attempt, which arrival), and from nothing else. So a
//! workload that is added to a scenario moves no draw of the others, and two variants of one
//! scenario meet the same luck wherever they ask the same question (common random numbers).
//!
//! The name is hashed with BLAKE3 to the key of a `ChaCha8` generator; both are defined bit by bit,
//! so the draws are the same on every platform.

use std::fmt;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

/// Who draws: the digest of an object's names, made once for each object.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Identity([u8; 32]);

impl Identity {
    /// The identity with these parts, for example kind, namespace and name.
    ///
    /// Parts do not run together: `["ab", "c"]` and `["a", "bc"]` differ.
    pub fn new<P: AsRef<[u8]>>(parts: &[P]) -> Identity {
        Identity([0; 32]).child(parts)
    }

    /// The identity of something within this one, for example a container of a pod.
    ///
    /// A child of `["a"]` named `["b"]` is another than the identity of `["a", "b"]`.
    #[must_use]
    pub fn child<P: AsRef<[u8]>>(&self, parts: &[P]) -> Identity {
        let mut hasher = blake3::Hasher::new();
        hasher.update(&self.0);
        for part in parts {
            let bytes = part.as_ref();
            hasher.update(&(bytes.len() as u64).to_le_bytes());
            hasher.update(bytes);
        }
        Identity(*hasher.finalize().as_bytes())
    }
}

impl fmt::Debug for Identity {
    /// The first four bytes, enough to tell two apart.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let start = u32::from_be_bytes([self.0[0], self.0[1], self.0[2], self.0[3]]);
        write!(f, "Identity({start:08x}…)")
    }
}

/// A source of random numbers that belongs to one seed, identity, purpose and number.
///
/// It is meant to be made where it is used and dropped after the draw.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stream {
    generator: ChaCha8Rng,
}

impl Stream {
    /// The stream of an object that is named by its parts; number 0 of [`Stream::keyed`].
    pub fn new<P: AsRef<[u8]>>(seed: u64, parts: &[P], purpose: &str) -> Stream {
        Stream::keyed(seed, &Identity::new(parts), purpose, 0)
    }

    /// The stream for one of the questions (`purpose`, `number`) that `identity` asks.
    ///
    /// A purpose of at most 16 bytes costs one block of the hash.
    pub fn keyed(seed: u64, identity: &Identity, purpose: &str, number: u64) -> Stream {
        let mut hasher = blake3::Hasher::new();
        hasher.update(&identity.0);
        hasher.update(&seed.to_le_bytes());
        hasher.update(&number.to_le_bytes());
        // Last and alone of variable length, so that no other name gives the same bytes.
        hasher.update(purpose.as_bytes());
        let generator = ChaCha8Rng::from_seed(*hasher.finalize().as_bytes());
        Stream { generator }
    }

    /// The next 64 random bits.
    pub fn next_u64(&mut self) -> u64 {
        self.generator.next_u64()
    }

    /// A number between 0 and 1, never 0 and never 1, so that it is safe to invert at both ends.
    ///
    /// It is an odd multiple of 2⁻⁵³: exact in an `f64`, and symmetric about one half.
    pub fn unit(&mut self) -> f64 {
        const STEP: f64 = f64::EPSILON / 2.0;
        #[expect(
            clippy::cast_precision_loss,
            reason = "53 bits fit the mantissa exactly"
        )]
        let odd = ((self.next_u64() >> 11) | 1) as f64;
        odd * STEP
    }

    /// Whether something of this probability happens; 0 (or less) never, 1 (or more) always.
    pub fn chance(&mut self, probability: f64) -> bool {
        self.unit() < probability
    }

    /// One of the numbers from 0 to `n - 1`, each as likely as the other.
    ///
    /// # Panics
    /// When `n` is zero: there is nothing to choose from.
    pub fn below(&mut self, n: u64) -> u64 {
        assert!(n > 0, "a choice needs at least one possibility");
        // Lemire's multiplication: the high word is the result, and the few low words that
        // would favor some results are drawn again.
        let refused = n.wrapping_neg() % n;
        loop {
            let product = u128::from(self.next_u64()) * u128::from(n);
            #[expect(
                clippy::cast_possible_truncation,
                reason = "the halves are taken apart"
            )]
            let (high, low) = ((product >> 64) as u64, product as u64);
            if low >= refused {
                return high;
            }
        }
    }
}

#[cfg(test)]
mod tests;
