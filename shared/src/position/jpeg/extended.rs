//! XMP that is larger than a segment of JPEG: parts of a packet, in any order.

use crate::position::{next::MAX_METADATA, xmp};
use std::collections::BTreeMap;

/// The packets of an image, by the digest that each part begins with.
#[derive(Debug, Default)]
pub(super) struct Extended {
    packets: BTreeMap<[u8; 32], Vec<u8>>,
    /// The lengths of all packets.
    length: usize,
}

impl Extended {
    /// Puts a part where it belongs: digest, length of the whole, offset, content. None if packets
    /// would be too large.
    pub(super) fn keep(&mut self, part: &[u8]) -> Option<()> {
        let Some((digest, part)) = part.split_first_chunk::<32>() else { return Some(()) };
        let Some((_length, part)) = part.split_first_chunk::<4>() else { return Some(()) };
        let Some((offset, content)) = part.split_first_chunk::<4>() else { return Some(()) };
        let offset = usize::try_from(u32::from_be_bytes(*offset)).ok()?;
        let end = offset.checked_add(content.len())?;
        let packet = self.packets.entry(*digest).or_default();
        let growth = end.saturating_sub(packet.len());
        // An empty packet counts too: there may be many.
        self.length += growth + digest.len();
        if self.length as u64 > MAX_METADATA {
            return None;
        }
        // What is missing is white space.
        packet.resize(packet.len() + growth, b' ');
        packet[offset..end].copy_from_slice(content);
        Some(())
    }

    pub(super) fn has_position(&self) -> bool {
        self.packets.values().any(|packet| xmp::has_position(packet))
    }
}
