/** Where the page begins. */
/** @jsxRuntime automatic */
/** @jsxImportSource preact */

import { render } from "preact";

render(<p>sipedge</p>, document.getElementById("page")!);
