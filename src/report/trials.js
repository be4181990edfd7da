/* The list of trials: filters, search, and for each trial the reply beside the gold answer. The
 * rows come as arrays of numbers; elements are made only for what is looked at. Texts of models are
 * put on the page as text nodes and nothing else, with everything invisible in them made visible.
 */
(function () {
    'use strict';

    var PAGE = 50;            /* rows shown at once, and added with each click */
    var DIFFERENCES_MAX = 800; /* more than these are not looked for one by one */
    var COLUMNS = ['series', 'length', 'sample', 'probe', 'repeat', 'outcome', 'score', 'lenient', 'depth',
        'wanted', 'nearest', 'firstText', 'end', 'input', 'cached', 'output', 'reasoning', 'cost',
        'text'];
    var data = JSON.parse(document.getElementById('trial-data').textContent);
    var place = document.getElementById('trial-list');
    var controls = {};
    var found = [];
    var shown = 0;
    var body, count, more;

    /* make('p', {className: 'x'}, [child, 'text']): an element; strings become text nodes. */
    function make(name, properties, children) {
        var element = document.createElement(name);

        Object.keys(properties || {}).forEach(function (key) {
            if (key in element) {
                element[key] = properties[key];
            } else {
                element.setAttribute(key, properties[key]);
            }
        });
        (children || []).forEach(function (child) {
            element.append(child);
        });
        return element;
    }

    function toTrial(row) {
        var trial = {};

        COLUMNS.forEach(function (name, index) {
            trial[name] = row[index];
        });
        trial.text = trial.text < 0 ? null : data.texts[trial.text];
        return trial;
    }

    function percent(score) {
        return score === null ? '–' : (100 * score).toFixed(1) + ' %';
    }

    function duration(ms) {
        if (ms === null) {
            return '–';
        }
        return ms < 1000 ? Math.round(ms) + ' ms' : (ms / 1000).toFixed(1) + ' s';
    }

    function number(value) {
        return value === null ? '–' : value.toLocaleString('en');
    }

    function dollars(value) {
        if (value === null) {
            return '–';
        }
        return '$' + (value >= 1 ? value.toFixed(2) : value.toPrecision(2));
    }

    /* What changes how text looks without being seen: controls, bidirectional marks and overrides,
     * zero-width characters, lone surrogates, tags. Line feeds and tabs are as they are. */
    var INVISIBLE = new RegExp('[\\u0000-\\u0008\\u000B-\\u001F\\u007F-\\u009F\\u00AD\\u061C' +
        '\\u180E\\u200B-\\u200F\\u2028-\\u202E\\u2060-\\u206F\\uD800-\\uDFFF\\uFE00-\\uFE0F\\uFEFF' +
        '\\uFFF9-\\uFFFB\\u{E0000}-\\u{E0FFF}]', 'gu');

    function codeOf(character) {
        var code = character.codePointAt(0).toString(16).toUpperCase();

        return 'U+' + '0000'.slice(code.length) + code;
    }

    /* Appends text with a small box for each invisible character. */
    function appendVisible(element, text) {
        var from = 0;

        text.replace(INVISIBLE, function (match, offset) {
            element.append(text.slice(from, offset));
            element.append(make('span', {className: 'invisible'}, [codeOf(match)]));
            from = offset + match.length;
            return match;
        });
        element.append(text.slice(from));
    }

    function splitWords(text) {
        return text.match(/\s+|[^\s]+/g) || [];
    }

    /* The pieces of two lists of words: [{kind: 'same' | 'missing' | 'added', text}]. E. W. Myers,
     * "An O(ND) difference algorithm and its variations", Algorithmica 1, 1986; null when they
     * differ in more than DIFFERENCES_MAX words. */
    function shortestEdit(a, b) {
        var most = Math.min(a.length + b.length, DIFFERENCES_MAX);
        var zero = most + 1; /* where diagonal 0 is */
        var reach = new Int32Array(2 * most + 3);
        var trace = [];
        var d, k, x, y;

        for (d = 0; d <= most; d++) {
            trace.push(reach.slice(zero - d - 1, zero + d + 2));
            for (k = -d; k <= d; k += 2) {
                x = isDown(reach, zero, k, d) ? reach[zero + k + 1] : reach[zero + k - 1] + 1;
                y = x - k;
                while (x < a.length && y < b.length && a[x] === b[y]) {
                    x++;
                    y++;
                }
                reach[zero + k] = x;
                if (x >= a.length && y >= b.length) {
                    return walkBack(a, b, trace);
                }
            }
        }
        return null;
    }

    /* Whether the furthest path to diagonal k comes from k + 1: a word of b more. */
    function isDown(reach, zero, k, d) {
        return k === -d || (k !== d && reach[zero + k - 1] < reach[zero + k + 1]);
    }

    function walkBack(a, b, trace) {
        var pieces = [];
        var x = a.length;
        var y = b.length;
        var d, k, from, fromX, fromY;

        for (d = trace.length - 1; d >= 0; d--) {
            k = x - y;
            from = isDown(trace[d], d + 1, k, d) ? k + 1 : k - 1;
            fromX = d === 0 ? 0 : trace[d][d + 1 + from];
            fromY = d === 0 ? 0 : fromX - from;
            while (x > fromX && y > fromY) {
                x--;
                y--;
                pieces.push({kind: 'same', text: a[x]});
            }
            if (d > 0 && x > fromX) {
                x--;
                pieces.push({kind: 'missing', text: a[x]});
            } else if (d > 0 && y > fromY) {
                y--;
                pieces.push({kind: 'added', text: b[y]});
            }
        }
        return joined(pieces.reverse());
    }

    /* Neighbours of one kind become one piece, so that few elements are made. */
    function joined(pieces) {
        var all = [];

        pieces.forEach(function (piece) {
            var last = all[all.length - 1];

            if (last && last.kind === piece.kind) {
                last.text += piece.text;
            } else {
                all.push({kind: piece.kind, text: piece.text});
            }
        });
        return all;
    }

    function compareWords(gold, reply) {
        var a = splitWords(gold);
        var b = splitWords(reply);
        var start = 0;
        var end = 0;
        var middle;

        while (start < a.length && start < b.length && a[start] === b[start]) {
            start++;
        }
        while (end < a.length - start && end < b.length - start &&
               a[a.length - 1 - end] === b[b.length - 1 - end]) {
            end++;
        }
        middle = shortestEdit(a.slice(start, a.length - end), b.slice(start, b.length - end)) || [
            {kind: 'missing', text: a.slice(start, a.length - end).join('')},
            {kind: 'added', text: b.slice(start, b.length - end).join('')},
        ];
        return [{kind: 'same', text: a.slice(0, start).join('')}].concat(middle, [
            {kind: 'same', text: a.slice(a.length - end).join('')}]);
    }

    function countWords(pieces, kind) {
        return pieces.reduce(function (sum, piece) {
            var words = piece.kind === kind ? piece.text.match(/\S+/g) : null;

            return sum + (words ? words.length : 0);
        }, 0);
    }

    /* One side: what is the same, and what only this side has, marked. */
    function appendSide(element, pieces, kind, name) {
        pieces.forEach(function (piece) {
            var part;

            if (piece.kind === 'same') {
                appendVisible(element, piece.text);
            } else if (piece.kind === kind && piece.text !== '') {
                part = make(name, {});
                appendVisible(part, piece.text);
                element.append(part);
            }
        });
    }

    function textBox(title, fill) {
        var text = make('pre', {tabIndex: 0, dir: 'auto'});

        text.setAttribute('aria-label', title);
        fill(text);
        return make('div', {className: 'side'}, [make('h4', {}, [title]), text]);
    }

    function plainSide(title, words) {
        return textBox(title, function (element) {
            appendVisible(element, words);
        });
    }

    function comparison(text) {
        var pieces, says;

        if (text.gold === undefined) {
            return [make('p', {}, ['The gold answer is not shown: ' +
                (text.goldMissing || 'it was not made for this page') + '.']),
            make('div', {className: 'sides'}, [plainSide('Reply', text.reply)])];
        }
        if (text.gold === text.reply) {
            return [make('p', {}, ['The reply is the gold answer, letter for letter.']),
                make('div', {className: 'sides'}, [plainSide('Reply and gold answer', text.reply)])];
        }
        pieces = compareWords(text.gold, text.reply);
        says = 'Of the gold answer ' + number(countWords(pieces, 'missing')) +
            ' words are missing (dashed); ' + number(countWords(pieces, 'added')) +
            ' words of the reply are not in it (underlined).';
        return [make('p', {}, [says]), make('div', {className: 'sides'}, [
            textBox('Gold answer', function (element) {
                appendSide(element, pieces, 'missing', 'del');
            }),
            textBox('Reply', function (element) {
                appendSide(element, pieces, 'added', 'ins');
            })])];
    }

    function facts(trial) {
        var list = make('dl', {});

        function add(name, value) {
            var definition = make('dd', {});

            if (value !== undefined && value !== null && value !== '' && value !== '–') {
                appendVisible(definition, String(value));
                list.append(make('div', {}, [make('dt', {}, [name]), definition]));
            }
        }
        add('Lenient score', percent(trial.lenient));
        add('Depth of the needle', percent(trial.depth));
        add('Needle asked for', trial.wanted === null ? null : number(trial.wanted + 1));
        add('Needle it resembles', trial.nearest === null ? null : number(trial.nearest + 1));
        add('Input tokens', number(trial.input));
        add('of these cached', trial.cached > 0 ? number(trial.cached) : null);
        add('Output tokens', number(trial.output));
        add('of these reasoning', trial.reasoning > 0 ? number(trial.reasoning) : null);
        add('First token after', duration(trial.firstText));
        if (trial.text) {
            add('Finish reason', trial.text.finish);
            add('Answered by', trial.text.served);
            add('Request', trial.text.request);
            add('Fingerprint of the prompt', trial.text.fingerprint);
            add('Error', trial.text.error);
        }
        return list;
    }

    function detail(trial) {
        var box = make('div', {className: 'detail'}, [facts(trial)]);

        if (!trial.text) {
            box.append(make('p', {}, ['The reply is in the result file, not on this page.']));
        } else {
            comparison(trial.text).forEach(function (part) {
                box.append(part);
            });
            if (trial.text.cut) {
                box.append(make('p', {}, [number(trial.text.cut) +
                    ' more bytes of the reply are in the result file.']));
            }
        }
        return box;
    }

    function toggle(trial, row, button) {
        var open = button.getAttribute('aria-expanded') === 'true';

        if (open) {
            row.nextSibling.remove();
        } else {
            row.after(make('tr', {}, [make('td', {colSpan: 8}, [detail(trial)])]));
        }
        button.setAttribute('aria-expanded', String(!open));
        button.textContent = open ? 'Show' : 'Hide';
    }

    function rowOf(trial) {
        var button = make('button', {type: 'button', textContent: 'Show'});
        var name = make('th', {scope: 'row'}, [data.series[trial.series]]);
        var sample = trial.probe > 0 ? (trial.sample + 1) + '.' + (trial.probe + 1)
            : String(trial.sample + 1);
        var row = make('tr', {}, [make('td', {}, [button]), name]);

        if (trial.repeat > 0) {
            sample += ', sent again (' + trial.repeat + ')';
        }
        button.setAttribute('aria-expanded', 'false');
        button.setAttribute('aria-label', 'Show trial ' + data.series[trial.series] + ', ' +
            data.lengths[trial.length] + ', sample ' + sample);
        [data.lengths[trial.length], sample, data.outcomes[trial.outcome], percent(trial.score),
            duration(trial.end), dollars(trial.cost)].forEach(function (text) {
            row.append(make('td', {}, [text]));
        });
        button.addEventListener('click', function () {
            toggle(trial, row, button);
        });
        return row;
    }

    function showMore() {
        found.slice(shown, shown + PAGE).forEach(function (trial) {
            body.append(rowOf(trial));
        });
        shown = Math.min(found.length, shown + PAGE);
        more.hidden = shown === found.length;
        more.textContent = 'Show ' + Math.min(PAGE, found.length - shown) + ' more';
        count.textContent = number(found.length) + ' of ' + number(data.rows.length) + ' trials' +
            (shown < found.length ? ', the first ' + number(shown) + ' shown' : '');
    }

    function holds(trial, words) {
        var text = trial.text;

        return data.series[trial.series].toLowerCase().includes(words) ||
            data.outcomes[trial.outcome].includes(words) ||
            (text !== null && [text.reply, text.gold, text.error, text.fingerprint, text.request]
                .some(function (part) {
                    return part !== undefined && part.toLowerCase().includes(words);
                }));
    }

    var orders = {
        file: function () {
            return 0;
        },
        worst: function (a, b) {
            return (a.score === null ? -1 : a.score) - (b.score === null ? -1 : b.score);
        },
        longest: function (a, b) {
            return b.length - a.length;
        },
        slowest: function (a, b) {
            return (b.end === null ? -1 : b.end) - (a.end === null ? -1 : a.end);
        },
        dearest: function (a, b) {
            return (b.cost === null ? -1 : b.cost) - (a.cost === null ? -1 : a.cost);
        },
    };

    function chosen(name) {
        return controls[name].value === '' ? null : Number(controls[name].value);
    }

    function search() {
        var series = chosen('series');
        var length = chosen('length');
        var outcome = chosen('outcome');
        var words = controls.words.value.trim().toLowerCase();

        found = data.rows.filter(function (trial) {
            return (series === null || trial.series === series) &&
                (length === null || trial.length === length) &&
                (outcome === null || trial.outcome === outcome) &&
                (words === '' || holds(trial, words));
        }).sort(orders[controls.order.value]);
        body.replaceChildren();
        shown = 0;
        showMore();
    }

    function select(name, title, options) {
        controls[name] = make('select', {}, options.map(function (option) {
            return make('option', {value: String(option[0])}, [option[1]]);
        }));
        controls[name].addEventListener('change', search);
        return make('label', {}, [title + ' ', controls[name]]);
    }

    /* The choices that occur, by their place in `names`, after one for all of them. */
    function occurring(column, names) {
        var occurs = new Set(data.rows.map(function (trial) {
            return trial[column];
        }));

        return [['', 'all']].concat(names.map(function (name, index) {
            return [index, name];
        }).filter(function (option) {
            return occurs.has(option[0]);
        }));
    }

    function build() {
        var wait = null;
        var head = make('tr', {}, ['Reply', 'Model', 'Length', 'Sample', 'Outcome', 'Score', 'Time',
            'Cost'].map(function (title) {
            return make('th', {scope: 'col'}, [title]);
        }));

        controls.words = make('input', {type: 'search'});
        controls.words.addEventListener('input', function () {
            clearTimeout(wait);
            wait = setTimeout(search, 150);
        });
        body = make('tbody', {});
        count = make('p', {className: 'count', role: 'status'});
        more = make('button', {type: 'button', hidden: true});
        more.addEventListener('click', showMore);
        place.append(make('div', {className: 'controls', role: 'search'}, [
            select('series', 'Model', occurring('series', data.series)),
            select('length', 'Length', occurring('length', data.lengths)),
            select('outcome', 'Outcome', occurring('outcome', data.outcomes)),
            select('order', 'Order', [['file', 'as run'], ['worst', 'lowest score first'],
                ['longest', 'longest first'], ['slowest', 'slowest first'],
                ['dearest', 'dearest first']]),
            make('label', {}, ['Search ', controls.words])]), count,
        make('div', {className: 'numbers trials', role: 'region', tabIndex: 0,
            'aria-label': 'Trials: table'}, [make('table', {}, [make('thead', {}, [head]), body])]),
        more);
        search();
    }

    if (data !== null && place !== null) {
        data.rows = data.rows.map(toTrial);
        build();
    }
}());
