// Follows the system's colours until somebody chooses; the cookie lets the server draw the first page in the right ones.
window.dasTheme = {
    chosen: () => localStorage.getItem("das-theme") !== null,
    dark: () => (localStorage.getItem("das-theme") ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")) === "dark",
    choose: dark => localStorage.setItem("das-theme", dark ? "dark" : "light"),
    show: dark => {
        document.documentElement.dataset.theme = dark ? "dark" : "light";
        document.cookie = `das-theme=${dark ? "dark" : "light"}; path=/; max-age=31536000; samesite=strict`;
    },
};
// A restarted server does not know this page's connection any more, and its address is all that the page needs.
document.addEventListener("components-reconnect-state-changed", change => { if (change.detail?.state === "rejected") location.reload(); }, true);
