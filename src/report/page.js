/* Draws the charts that the page carries as JSON, lets the reader change the theme, and follows the
 * window. Texts from results only ever become text nodes. */
(function () {
    'use strict';

    var charts = JSON.parse(document.getElementById('charts').textContent);
    var button = document.getElementById('theme');
    var preference = window.matchMedia('(prefers-color-scheme: dark)');
    var drawn = [];

    function currentTheme() {
        var theme = document.body.dataset.theme;

        return theme === 'auto' ? (preference.matches ? 'dark' : 'light') : theme;
    }

    function tipElement(params) {
        var tip = params.data && params.data.tip;
        var box = document.createElement('div');

        box.className = 'tip';
        (tip || [params.seriesName]).forEach(function (line) {
            var row = document.createElement('div');

            row.textContent = line;
            box.appendChild(row);
        });
        return box;
    }

    function withTooltips(options) {
        var styles = getComputedStyle(document.body);
        var base = options.baseOption || options;

        base.tooltip = {
            trigger: 'item',
            confine: true,
            formatter: tipElement,
            backgroundColor: styles.getPropertyValue('--background').trim(),
            borderColor: styles.getPropertyValue('--line').trim(),
            textStyle: {color: styles.getPropertyValue('--text').trim()},
        };
        return options;
    }

    function heightFor(chart, element) {
        return element.clientWidth <= chart.narrowBelow ? chart.narrowHeight : chart.height;
    }

    function fit(item) {
        item.element.style.height = heightFor(item.chart, item.element) + 'px';
        item.picture.resize();
    }

    function draw() {
        var theme = currentTheme();

        drawn.forEach(function (item) {
            item.picture.dispose();
        });
        drawn = charts.map(function (chart) {
            var element = document.getElementById(chart.id);
            var options = JSON.parse(JSON.stringify(chart[theme]));
            var picture;

            element.style.height = heightFor(chart, element) + 'px';
            picture = echarts.init(element, null, {renderer: 'svg'});
            picture.setOption(withTooltips(options));
            return {chart: chart, element: element, picture: picture};
        });
        button.textContent = theme === 'dark' ? 'Light' : 'Dark';
    }

    function setTheme(theme) {
        document.body.dataset.theme = theme;
        draw();
    }

    button.addEventListener('click', function () {
        setTheme(currentTheme() === 'dark' ? 'light' : 'dark');
    });
    preference.addEventListener('change', draw);
    window.addEventListener('resize', function () {
        drawn.forEach(fit);
    });

    /* Paper is white, and hides nothing behind a click. */
    window.addEventListener('beforeprint', function () {
        document.querySelectorAll('details').forEach(function (details) {
            details.open = true;
        });
        document.body.dataset.screenTheme = document.body.dataset.theme;
        setTheme('light');
    });
    window.addEventListener('afterprint', function () {
        setTheme(document.body.dataset.screenTheme);
    });

    button.hidden = false;
    draw();
}());
