export { ChatClient } from "./client.js";
export { Conversation } from "./conversation.js";
export { Emitter } from "./emitter.js";
export { ChatError } from "./http.js";
export { Inbox } from "./inbox.js";
export { imageType } from "./images.js";
export { isBlank } from "./text.js";
