// Classifies photographs with a fitted model in Node.js: npm install onnxruntime-node sharp, then node classify.cjs MODEL photo.jpg ...
const fs = require('fs'), ort = require('onnxruntime-node'), sharp = require('sharp');

async function main([model, ...files]) {
  const about = JSON.parse(fs.readFileSync(`${model}/model.json`, 'utf8')), { channels } = about.input;
  const [height, width] = [about.input.height + about.input.margin, about.input.width + about.input.margin];
  const session = await ort.InferenceSession.create(`${model}/model.onnx`);
  for (const file of files) {
    const picture = sharp(file).rotate().flatten({ background: '#fff' }).toColourspace('srgb').resize(width, height, { fit: 'cover' });
    const rgb = await picture.raw().toBuffer(), pixels = new Uint8Array(channels * height * width); // planes: all of red, all of green, ...
    for (let i = 0; i < height * width; i++) {
      const [r, g, b] = rgb.subarray(3 * i, 3 * i + 3);
      [channels === 1 ? [0.299 * r + 0.587 * g + 0.114 * b] : [r, g, b]].flat().forEach((v, c) => pixels[c * height * width + i] = Math.round(v));
    }
    const { probabilities } = await session.run({ pixels: new ort.Tensor('uint8', pixels, [1, channels, height, width]) });
    const ranked = about.classes.map((name, k) => [probabilities.data[k], name]).sort((a, b) => b[0] - a[0]);
    console.log(file, ...ranked.slice(0, 3).map(([p, name]) => `${name} ${(100 * p).toFixed(1)} %`));
  }
}

main(process.argv.slice(2));
