// Generated from the sandbox's OpenAPI document by `make helper-types`.
/** What the sandbox's API takes and returns. */
package io.github.yabandpay_mock.api;
