#!/usr/bin/env node
// send-message as one would write it for Node: the same checks on its happy path, the same statement,
// the same work after the answer. `STATEMENT_FILE` is the statement, its parameters typed.
'use strict';
const fs = require('node:fs');
const http = require('node:http');
const mysql = require('mysql2/promise');
const { Client } = require('pg');

const agent = new http.Agent({ keepAlive: true, maxSockets: 1 });
const [host, ...path] = process.env.AWS_LAMBDA_RUNTIME_API.replace('http://', '').split('/');
const base = `/${[...path, '2018-06-01/runtime/invocation'].join('/')}`;
const append = { name: 'append', text: fs.readFileSync(process.env.STATEMENT_FILE, 'utf8') };
const settle = { name: 'settle', text: 'DELETE FROM outbox WHERE session_id = $1 AND seq = $2' };
const callers = new Map();

function call(method, target, body) {
  return new Promise((resolve, reject) => {
    const [hostname, port] = host.split(':');
    const request = http.request({ agent, hostname, port, method, path: target }, (response) => {
      const chunks = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('end', () => resolve({ headers: response.headers, body: Buffer.concat(chunks).toString() }));
    });
    request.on('error', reject);
    request.end(body);
  });
}

async function dentist(jarvis, email) {
  if (!callers.has(email)) {
    const sql = 'SELECT id FROM dentist_dentist WHERE LOWER(email) = LOWER(?)';
    const [rows] = await jarvis.execute(sql, [email]);
    callers.set(email, rows[0].id);
  }
  return callers.get(email);
}

async function handle(event, chat, jarvis) {
  const { claims } = event.requestContext.authorizer.jwt;
  const draft = JSON.parse(event.body);
  const session = Number(event.pathParameters.session_id);
  const sender = await dentist(jarvis, claims.email);
  const burst = Number(process.env.SEND_BURST || 30);
  const values = [session, 'dentist', sender, draft.client_message_id, draft.content, [], burst, 10, 2, 60, null, null, 1000];
  const row = (await chat.query({ ...append, values })).rows[0];
  if (row.verdict !== 'stored') throw new Error(row.verdict);
  console.log(JSON.stringify({ target: 'audit', action: 'send-message', outcome: 'done', actor: sender, session, seq: row.seq }));
  const message = {
    id: Number(row.message_id), session_id: session, seq: Number(row.seq), sender_type: 'dentist', sender_id: sender,
    content: draft.content, image_urls: [], images: [], client_message_id: draft.client_message_id,
    created_at: row.message_created_at, is_read: false, read_at: null,
  };
  const headers = { 'content-type': 'application/json', 'cache-control': 'no-store' };
  return { stored: [session, row.seq], answer: { statusCode: 201, headers, body: JSON.stringify(message) } };
}

async function main() {
  const ssl = { ca: fs.readFileSync(process.env.CA_BUNDLE) };
  const chat = new Client({ connectionString: process.env.DATABASE_URL, ssl });
  const [, jarvis] = await Promise.all([chat.connect(), mysql.createConnection({ uri: process.env.JARVIS_URL, ssl })]);
  for (;;) {
    const next = await call('GET', `${base}/next`);
    const { stored, answer } = await handle(JSON.parse(next.body), chat, jarvis);
    await call('POST', `${base}/${next.headers['lambda-runtime-aws-request-id']}/response`, JSON.stringify(answer));
    await chat.query({ ...settle, values: stored });
  }
}

main();
