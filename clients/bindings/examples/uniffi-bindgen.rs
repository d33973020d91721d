//! Writes the Kotlin, Swift or Python code for a built library: `infra/tools/generate-bindings` says how.

fn main() {
    uniffi::uniffi_bindgen_main();
}
