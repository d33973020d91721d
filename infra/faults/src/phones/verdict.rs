//! What a phone was told, against what the service has.

use super::{
    process::Record,
    script::{self, Seen},
};

/// What is lost, doubled or out of order.
pub fn judge(record: &Record, stored: &[Seen]) -> Vec<String> {
    let device = record.device;
    let find = |number: u64| -> Vec<&Seen> {
        let text = script::text(device, number);
        stored.iter().filter(|seen| seen.content == text).collect()
    };
    let mut broken = vec![];
    let mut numbers: Vec<u64> = record.said.iter().chain(&record.doubtful).copied().collect();
    numbers.sort_unstable();
    let mut last = 0;
    for number in numbers {
        let is_said = record.said.contains(&number);
        match find(number)[..] {
            [] if is_said => broken.push(format!("{device}:{number} is lost")),
            [] => {}
            [seen] => {
                if seen.seq < last {
                    broken.push(format!("{device}:{number} overtook another one"));
                }
                if seen.images != script::images(number) {
                    broken.push(format!("{device}:{number} has {} images", seen.images));
                }
                last = seen.seq;
            }
            ref all => broken.push(format!("{device}:{number} is there {} times", all.len())),
        }
    }
    broken
}

/// The first difference between what is shown and what is there.
pub fn difference(device: &str, shown: &[Seen], there: &[Seen]) -> String {
    let first = shown.iter().zip(there).find(|(one, other)| one != other);
    format!(
        "{device} shows {} messages of {}; the first difference: {first:?}",
        shown.len(),
        there.len()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record() -> Record {
        Record {
            device: "a",
            said: vec![0, 1, 3],
            doubtful: vec![2],
            leaks: vec![],
            files_searched: 0,
            bytes_searched: 0,
        }
    }

    fn stored(numbers: &[u64]) -> Vec<Seen> {
        let seen = |(at, number): (i64, &u64)| Seen {
            seq: at,
            content: script::text("a", *number),
            images: script::images(*number),
            is_read: false,
        };
        (1..).zip(numbers).map(seen).collect()
    }

    #[test]
    fn what_is_there_once_and_in_order_breaks_nothing_whatever_was_doubtful() {
        assert!(judge(&record(), &stored(&[0, 1, 3])).is_empty());
        assert!(judge(&record(), &stored(&[0, 1, 2, 3])).is_empty());
    }

    #[test]
    fn what_is_lost_or_doubled_or_out_of_order_is_noticed() {
        assert_eq!(judge(&record(), &stored(&[0, 3])), ["a:1 is lost"]);
        assert_eq!(judge(&record(), &stored(&[0, 1, 3, 1])).len(), 1);
        assert_eq!(judge(&record(), &stored(&[0, 2, 1, 3])), ["a:2 overtook another one"]);
        let without_images = [Seen { images: 0, ..stored(&[3])[0].clone() }];
        let only = Record { said: vec![3], doubtful: vec![], ..record() };
        assert_eq!(judge(&only, &without_images), ["a:3 has 0 images"]);
    }
}
