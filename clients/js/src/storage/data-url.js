/** @type {(blob: Blob) => Promise<string>} also in React Native, whose Blobs cannot tell their bytes */
export const toDataUrl = async (blob) => {
  if (!globalThis.FileReader) {
    let text = "";
    for (const byte of new Uint8Array(await blob.arrayBuffer())) text += String.fromCharCode(byte);
    return `data:${blob.type};base64,${btoa(text)}`;
  }
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result));
    reader.onerror = () => reject(reader.error);
    reader.readAsDataURL(blob);
  });
};

/** @type {(url: string) => Uint8Array<ArrayBuffer>} */
export const bytesOf = (url) => Uint8Array.from(atob(url.slice(url.indexOf(",") + 1)), (each) => each.charCodeAt(0));

/** @type {(url: string) => Promise<Blob>} */
export const toBlob = async (url) => {
  try {
    return new Blob([bytesOf(url)], { type: /^data:([^;]*)/.exec(url)?.[1] });
  } catch {
    // React Native makes no Blobs of bytes.
    return (await fetch(url)).blob();
  }
};
