/* Draws the charts that the page carries as JSON when they come near the window, lets the reader
 * change the theme, and follows the window's width. Texts from results only ever become text nodes.
 */
(function () {
    'use strict';

    var PRINT_WIDTH_PX = 660;
    var charts = JSON.parse(document.getElementById('charts').textContent);
    var button = document.getElementById('theme');
    var preference = window.matchMedia('(prefers-color-scheme: dark)');
    var pictures = [];
    var watcher = null;
    var printing = false;

    function currentTheme() {
        var theme = document.body.dataset.theme;

        if (printing) {
            return 'light';
        }
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

    function widthOf(item) {
        var panels = item.element.closest('.panels');

        if (!printing) {
            return item.element.clientWidth;
        }
        return panels && panels.childElementCount > 1 ? PRINT_WIDTH_PX / 2 - 10 : PRINT_WIDTH_PX;
    }

    function setHeight(item) {
        var chart = item.chart;
        var narrow = widthOf(item) <= chart.narrowBelow;

        item.element.style.height = (narrow ? chart.narrowHeight : chart.height) + 'px';
    }

    function draw(item) {
        if (item.picture) {
            return;
        }
        item.picture = echarts.init(item.element, null, {renderer: 'svg', width: widthOf(item)});
        item.picture.setOption(withTooltips(JSON.parse(JSON.stringify(item.chart[currentTheme()]))));
    }

    function erase(item) {
        if (item.picture) {
            item.picture.dispose();
            item.picture = null;
        }
    }

    /* Draws again what is drawn; the rest is drawn when it comes near. */
    function redraw() {
        var dark = currentTheme() === 'dark';

        button.textContent = dark ? 'Light' : 'Dark';
        pictures.forEach(function (item) {
            var drawn = item.picture !== null;

            erase(item);
            setHeight(item);
            if (drawn || printing) {
                draw(item);
            }
        });
    }

    function fit() {
        pictures.forEach(function (item) {
            setHeight(item);
            if (item.picture) {
                item.picture.resize({width: widthOf(item)});
            }
        });
    }

    function watch() {
        if (!('IntersectionObserver' in window)) {
            pictures.forEach(draw);
            return;
        }
        watcher = new IntersectionObserver(function (entries) {
            entries.forEach(function (entry) {
                if (entry.isIntersecting) {
                    watcher.unobserve(entry.target);
                    pictures.forEach(function (item) {
                        if (item.element === entry.target) {
                            draw(item);
                        }
                    });
                }
            });
        }, {rootMargin: '800px 0px'});
        pictures.forEach(function (item) {
            watcher.observe(item.element);
        });
    }

    button.addEventListener('click', function () {
        document.body.dataset.theme = currentTheme() === 'dark' ? 'light' : 'dark';
        redraw();
    });
    preference.addEventListener('change', redraw);
    window.addEventListener('resize', function () {
        if (!printing) {
            fit();
        }
    });

    /* Paper is white, has the width of paper, and hides nothing behind a click. */
    window.addEventListener('beforeprint', function () {
        document.querySelectorAll('details').forEach(function (details) {
            details.open = true;
        });
        printing = true;
        document.body.dataset.screenTheme = document.body.dataset.theme;
        document.body.dataset.theme = 'light';
        redraw();
    });
    window.addEventListener('afterprint', function () {
        printing = false;
        document.body.dataset.theme = document.body.dataset.screenTheme;
        redraw();
    });

    pictures = charts.map(function (chart) {
        return {chart: chart, element: document.getElementById(chart.id), picture: null};
    });
    button.hidden = false;
    redraw();
    watch();
}());
