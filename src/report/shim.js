/* What ECharts expects of a browser and Duktape does not have. The program adds
 * measureWidth(text, fontPx). */
var console = {
    log: function () {},
    warn: function () {},
    error: function () {},
};

/* A chart is drawn once, at once: nothing is left to do later. */
function setTimeout() {
    return 0;
}

function clearTimeout() {}

/* Called by the program: an SVG document from options. */
function renderSvg(options, width, height) {
    var chart;
    var svg;

    echarts.setPlatformAPI({
        measureText: function (text, font) {
            var fontPx = parseFloat(/([0-9.]+)px/.exec(font || '12px')[1]);

            return {width: measureWidth(String(text), fontPx)};
        },
    });
    chart = echarts.init(null, null, {renderer: 'svg', ssr: true, width: width, height: height});
    chart.setOption(options);
    svg = chart.renderToSVGString();
    chart.dispose();

    /* librsvg and most office programs know dy but not dominant-baseline. Quotes in texts are
     * escaped, so only attributes match. */
    return svg.replace(/dominant-baseline="central"/g, 'dy="0.35em"');
}
