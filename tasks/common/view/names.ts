/** What tasks, results tab and build have to call alike. */

/** Type of the attachment that the results tab asks for. */
export const VIEW_ATTACHMENT = 'langflow-release-view';

/** Id of the element of the page from which it takes its data. */
export const DATA_ELEMENT = 'langflow-release-data';

/** Where a task puts the data into the page that the build has left beside it. */
export const DATA_PLACE = `<script type="application/json" id="${DATA_ELEMENT}"></script>`;
