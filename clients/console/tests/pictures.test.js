import { join } from "node:path";
import { PICTURES, story } from "./support/console.js";
import { xRay } from "./support/images.js";
import { newSession, Person } from "./support/stack.js";

story(
  "a lively console makes two pictures: light and wide, dark and narrow",
  { customer: 1, dentist: 2 },
  async ({ customer, dentist, open }) => {
    await newSession(customer, dentist);
    const [deirdre, matteo, leila] = await Promise.all([16, 17, 18].map((id) => meet(id, dentist)));
    const fontaine = new Person("dentist", 3);
    await fontaine.post(await newSession(customer, fontaine), "Your retainer is ready to be picked up.");

    const { page, phones } = await open();
    await phones.customer.box.waitFor();
    await dentist.post(leila.session, "The result is in: all is well. See you in spring!");
    await dentist.post(matteo.session, "Please rinse with warm salt water until Friday.");
    await dentist.post(deirdre.session, "Your appointment is confirmed: Tuesday, 9:15.");
    await deirdre.customer.post(deirdre.session, "Wonderful, thank you.");
    await deirdre.customer.post(deirdre.session, "Shall I bring my old X-rays?");

    const { customer: mara, dentist: doctor } = phones;
    await mara.say("Good morning! Since last night my lower left molar hurts when I drink something cold.");
    await doctor.hears("Since last night");
    await doctor.say("Good morning, Mara. The one with the filling? Do you still have last year’s X-ray?");
    await mara.hears("Do you still have");
    await mara.files.setInputFiles([await xRay(page)]);
    await mara.say("I do, here it is.");
    await mara.marked("I do, here it is.", "Read");
    const finding = "There is a gap below the filling, so the cold gets to the nerve.";
    await doctor.say(`Thank you. ${finding} I can renew it today at half past four.`);
    await mara.hears("There is a gap");
    await mara.say("Half past four is perfect 🙏");
    await mara.marked("Half past four is perfect", "Read");
    await doctor.marked("There is a gap", "Read");
    await doctor.row(new RegExp(`${deirdre.customer.name}.* 2 unread`)).waitFor();
    for (const { name } of [leila.customer, matteo.customer, deirdre.customer]) {
      await page.locator(".card.fresh").filter({ hasText: `${name}’s phone` }).waitFor();
    }
    // Slowly: what tells of it is thinned out.
    await doctor.box.pressSequentially("Until then, please chew on the right", { delay: 100 });
    await mara.talk.getByText("typing…").waitFor();
    await page.screenshot({ path: join(PICTURES, "console-light.png") });
    await page.close();

    const { page: dark, phones: narrow } = await open({ width: 360, height: 740, scheme: "dark", scale: 2 });
    await narrow.customer.hears("Half past four is perfect");
    await narrow.customer.network.click();
    await narrow.customer.say("I am on the tram already, the tunnel comes now.");
    await narrow.customer.log.getByText("Waiting for the network.").waitFor();
    await dark.screenshot({ path: join(PICTURES, "console-dark-360.png") });
  },
);

/** A customer of the dentist's who is not there, but has a phone. */
async function meet(id, dentist) {
  const customer = new Person("customer", id);
  const session = await newSession(customer, dentist);
  await customer.call("PUT", "/players", { onesignal_player_id: customer.player });
  return { customer, session };
}
