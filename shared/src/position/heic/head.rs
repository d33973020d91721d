//! The heads of boxes (ISO/IEC 14496-12, section 4.2).

/// A box's head: a size, a name, a size of 64 bits, a UUID.
pub(super) const HEAD: u64 = 32;
/// XMP's UUID in this kind of file (XMP specification, part 3, section 1.2.7.1).
const XMP_UUID: [u8; 16] = 0xBE7A_CFCB_97A9_42E8_9C71_9994_91E3_AFAC_u128.to_be_bytes();

/// What a box begins with.
pub(super) struct Head {
    pub(super) name: [u8; 4],
    /// None: up to the file's end.
    pub(super) size: Option<u64>,
    /// How long the head is, including a UUID.
    pub(super) length: u64,
    uuid: Option<[u8; 16]>,
}

impl Head {
    /// None if it is no head.
    pub(super) fn of(bytes: &[u8]) -> Option<Self> {
        let (size, rest) = bytes.split_first_chunk::<4>()?;
        let (name, mut rest) = rest.split_first_chunk::<4>()?;
        let (size, mut length) = match u32::from_be_bytes(*size) {
            0 => (None, 8),
            1 => {
                let size;
                (size, rest) = rest.split_first_chunk::<8>()?;
                (Some(u64::from_be_bytes(*size)), 16)
            }
            size => (Some(size.into()), 8),
        };
        let mut uuid = None;
        if name == b"uuid" {
            uuid = rest.first_chunk().copied();
            length += 16;
        }
        if size.is_some_and(|size| size < length) {
            return None;
        }
        Some(Self { name: *name, size, length, uuid })
    }

    pub(super) fn is_other_uuid(&self) -> bool {
        self.name == *b"uuid" && self.uuid != Some(XMP_UUID)
    }
}
