/** Builds the page: one HTML file with its program and style in it, into which reports put their data. */
import { createHash } from 'node:crypto';
import preact from '@preact/preset-vite';
import { defineConfig, type Plugin } from 'vite';
import { viteSingleFile } from 'vite-plugin-singlefile';

/** Nothing is loaded from anywhere, and no script runs but the one that was built. */
function onlyItself(): Plugin {
  return {
    name: 'only-itself',
    enforce: 'post',
    generateBundle: {
      order: 'post',
      handler: (_options, bundle) => {
        for (const asset of Object.values(bundle)) {
          if (asset.type !== 'asset' || !asset.fileName.endsWith('.html')) continue;
          const page = String(asset.source);
          const script = /<script type="module"[^>]*>([\s\S]*?)<\/script>/.exec(page)?.[1] ?? '';
          const hash = createHash('sha256').update(script).digest('base64');
          const policy = `default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-${hash}'; img-src data:; base-uri 'none'; form-action 'none'`;
          const meta = `<meta http-equiv="Content-Security-Policy" content="${policy}">`;
          asset.source = page.replace('<meta charset="utf-8">', (charset) => `${charset}\n${meta}`);
        }
      },
    },
  };
}

export default defineConfig({
  root: 'src/browser',
  publicDir: false,
  logLevel: 'warn',
  plugins: [
    preact({ devToolsEnabled: false, prefreshEnabled: false }),
    viteSingleFile(),
    onlyItself(),
  ],
  build: {
    outDir: '../../dist/page',
    emptyOutDir: true,
    target: 'es2022',
    modulePreload: false,
  },
});
