// Preloaded into a child process: below FULL_DISK_FOLDER, writes fail with ENOSPC once FULL_DISK_BYTES are written.
const fs = require('node:fs');
const path = require('node:path');

const folder = path.resolve(process.env.FULL_DISK_FOLDER);
let left = Number(process.env.FULL_DISK_BYTES);
const names = new Map();

const full = () => Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });

const { openSync, writeSync, writeFileSync } = fs;
fs.openSync = (file, ...rest) => {
  const fd = openSync(file, ...rest);
  names.set(fd, path.resolve(String(file)));
  return fd;
};
const count = (file, data) => {
  if (!file?.startsWith(folder)) return;
  left -= data.length;
  if (left < 0) throw full();
};
fs.writeSync = (fd, data, ...rest) => {
  count(names.get(fd), data);
  return writeSync(fd, data, ...rest);
};
fs.writeFileSync = (file, data, ...rest) => {
  count(typeof file === 'number' ? names.get(file) : path.resolve(String(file)), data);
  return writeFileSync(file, data, ...rest);
};
