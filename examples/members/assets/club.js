// Small comforts; every page works without them.
(function () {
  "use strict";

  // Ask before what cannot be taken back.
  document.addEventListener("submit", function (event) {
    var question = event.target.getAttribute("data-confirm");
    if (question && !window.confirm(question)) {
      event.preventDefault();
    }
  });

  // Show a password while somebody types it.
  document.querySelectorAll("[data-peek]").forEach(function (button) {
    var input = document.getElementById(button.getAttribute("data-peek"));
    var show = button.textContent;
    button.hidden = false;
    button.addEventListener("click", function () {
      var hidden = input.type === "password";
      input.type = hidden ? "text" : "password";
      button.textContent = hidden ? button.getAttribute("data-hide") : show;
    });
  });

  // Say which file was chosen, and take one that is dropped.
  document.querySelectorAll(".drop").forEach(function (form) {
    var input = form.querySelector("input[type=file]");
    var label = form.querySelector("[data-picked]");
    var note = form.querySelector(".note");
    var hint = note.textContent;
    function picked() {
      var file = input.files[0];
      var isTooLarge = file && file.size > Number(form.getAttribute("data-most"));
      label.textContent = file ? file.name : label.textContent;
      note.textContent = isTooLarge ? form.getAttribute("data-too-large") : hint;
      form.classList.toggle("wrong", Boolean(isTooLarge));
      form.querySelector("button").disabled = Boolean(isTooLarge); // the server refuses it anyway
    }
    input.addEventListener("change", picked);
    ["dragover", "dragleave", "drop"].forEach(function (kind) {
      form.addEventListener(kind, function (event) {
        event.preventDefault();
        form.classList.toggle("over", kind === "dragover");
        if (kind === "drop" && event.dataTransfer.files.length) {
          input.files = event.dataTransfer.files;
          picked();
        }
      });
    });
  });
})();
