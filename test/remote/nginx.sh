#!/usr/bin/env bash
# A shared cache on a real nginx (WebDAV, TLS, basic auth), and one that is reached by rsync: what one project pushes
# another takes, and computes nothing. Says so and ends well where nginx, or rsync, is not installed. Leaves nothing behind.
set -euo pipefail
cd "$(dirname "$0")/../.."
export PATH="$PWD/node_modules/.bin:$PATH" # the pinned Node, where the system has an older one
if ! command -v nginx >/dev/null; then echo "skipped: nginx is not installed (apt-get install nginx-light)"; exit 0; fi

work=$(mktemp -d)
pid=
end() {
  if [ -n "$pid" ]; then kill "$pid" 2>/dev/null || true; wait "$pid" 2>/dev/null || true; fi
  rm -rf "$work"
}
trap end EXIT

openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost \
  -keyout "$work/key.pem" -out "$work/cert.pem" 2>/dev/null
printf 'me:%s\n' "$(openssl passwd -apr1 secret)" >"$work/users"
port=$(node -e 'const s = require("net").createServer().listen(0, () => { console.log(s.address().port); s.close() })')
mkdir -p "$work/srv/results" "$work/tmp"
module=$(ls /usr/lib/nginx/modules/ngx_http_dav_module.so 2>/dev/null || true)
cat >"$work/nginx.conf" <<CONF
${module:+load_module $module;}
daemon off; master_process off; pid $work/pid; error_log $work/error.log;
events { worker_connections 256; }
http {
  access_log $work/access.log;
  client_body_temp_path $work/tmp/body; proxy_temp_path $work/tmp/proxy; fastcgi_temp_path $work/tmp/fastcgi;
  uwsgi_temp_path $work/tmp/uwsgi; scgi_temp_path $work/tmp/scgi;
  server {
    listen 127.0.0.1:$port ssl;
    ssl_certificate $work/cert.pem; ssl_certificate_key $work/key.pem;
    location / {
      root $work/srv;
      auth_basic "results"; auth_basic_user_file $work/users;
      dav_methods PUT; create_full_put_path on; client_max_body_size 1g;
    }
  }
}
CONF
nginx -p "$work" -c "$work/nginx.conf" &
pid=$!

node test/remote/check.ts "$work" "https://localhost:$port/results"
