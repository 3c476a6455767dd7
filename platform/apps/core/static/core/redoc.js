"use strict";

const page = document.getElementById("documentation");

Redoc.init(page.dataset.schema, { nonce: document.currentScript.nonce }, page);
