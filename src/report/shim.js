/* What ECharts expects of a browser and Duktape does not have. The program adds
 * measureWidth(text, fontPx). */
var console = {
    log: function () {},
    warn: function () {},
    error: function () {},
};

/* A picture depends on its data alone. ECharts times how long it takes to measure the characters
 * and, on a busy machine, takes all for as wide as an "a": lines would break elsewhere. So no time
 * passes here. */
Date = (function (Clock) {
    function Still() {
        var given = arguments.length === 0 ? [0] : Array.prototype.slice.call(arguments);

        return new (Function.prototype.bind.apply(Clock, [null].concat(given)))();
    }
    Still.prototype = Clock.prototype;
    Still.UTC = Clock.UTC;
    Still.parse = Clock.parse;
    Still.now = function () {
        return 0;
    };
    return Still;
})(Date);

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
